// Package mailtest gives tests the real thing and the things that go wrong: it
// is imported by tests only, and knows nothing of the code under test.
//
// A test of a mail migration takes these steps:
//
//  1. [Dovecot] or [Shared] starts a private IMAP and POP3 server on free ports
//     of 127.0.0.1, and [Server.NewUser] names an account nobody has used yet;
//     [Cyrus] starts another IMAP server.
//  2. [Corpus] makes mail as it is found in old mailboxes, the same for the
//     same seed; [Load] or [LoadMaildir] puts it there.
//  3. [Proxy] stands between: it delays, stalls, cuts after so many bytes, and
//     lets what was sent land late. [Fake] plays a server from a script, for
//     what no real server does on demand.
//  4. [Take] reads both ends, [Compare] tells every difference: by SHA-256,
//     flags, date and order, folder by folder. It reads with go-imap's client,
//     not with ours.
//
// Certificates come from an [Authority] made anew in each process.
package mailtest
