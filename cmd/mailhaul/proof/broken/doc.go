// Package broken proves what becomes of broken mail: the real program carries
// each message of a table from each kind of source to each kind of server.
//
//	messages x sources (Maildir, mbox, IMAP, POP3) x destinations
//
// A message arrives, byte for byte in the canonical form of its source's bytes,
// with its date and flags; what a destination cannot hold is changed and told in
// a note; or the message is refused, listed with a reason, and the others of its
// folder arrive all the same. Nothing vanishes without a word, and a second run
// appends nothing.
//
// IMAP and POP3 sources are real ones, a Dovecot over files written by hand, and
// small servers that send bytes, dates and flags which no real server lets
// through.
//
// A message of 60 MB is carried by default. Those of 150 MB and 1 GB:
//
//	go test ./cmd/mailhaul/proof/broken -run Big -big
package broken
