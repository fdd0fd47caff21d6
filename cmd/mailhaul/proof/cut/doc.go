// Package cut proves that no cut line can lose, double or alter a message. It
// runs the real flow, the real ports and the real checkpoint, composed as the
// program composes them, through a proxy that loses the line at byte n of
// either direction, for every n of a copy.
//
// The kinds of cut:
//
//	rst     both sides see a reset
//	fin     both sides see an end
//	stall   bytes are withheld, the line stays open until the client gives up
//	late    what the client sent reaches the server 0.7 s after the client has
//	        lost the line; the settle time is longer
//	later   the same after 2.5 s, when the next try has long begun
//	beyond  the same after the settle time: by the clock, in the midst of the
//	        retry, or when the run is over; only healing helps
//	thrice  like late, and the next two connections are lost, too
//
// The sides: "dest" cuts the line to the destination, and every server stands
// there in turn; "lanes" does so with two lanes, which lose both their lines;
// "imap" and "pop3" cut the line to a Dovecot that is the source (POP3: CAPA, STAT,
// UIDL, LIST, RETR); with "half" the destination holds every other message already,
// so that POP3 headers are read, too (TOP).
// Windows of 1, 6 and 64 letters put little and much on the line at once.
//
// The oracle looks at both accounts without any code of ours:
//
//  1. After the cut run, which connects again by itself, and at most one more,
//     the destination holds the source's messages: equal as a multiset of
//     canonical digest, flags and date for each folder. A server that merges by
//     Message-ID holds each Message-ID once.
//  2. A run after that appends nothing and changes nothing.
//  3. No run that would exit 0 leaves a destination that is not exact, when all
//     that was under way has landed.
//  4. The source is what it was, to the byte and the flag. (Dovecot marks what
//     POP3 has read; that is switched off here.)
//
// Where a server cannot take back one message (no UIDPLUS) a second copy may
// stay if bytes landed after the settle time; then the runs must say so. Those
// points are counted apart, as told.
//
// Where bytes land after the settle time a run can be over before: no client can
// know then. Such points are counted apart, as unseen, and the next run must
// put it right or say so. (The proxy tells when bytes landed: a machine that is
// busy enough makes "beyond" of any kind.)
//
// Every point, which takes days:
//
//	go test ./cmd/mailhaul/proof/cut -run Cut -cuts=full -timeout 0
//
// Points drawn at random over all servers and kinds, for at most an hour:
//
//	go test ./cmd/mailhaul/proof/cut -run Cut -cuts=100000 -seed=7 -within=1h -parallel-cuts=192 -timeout 0
//
// A failure prints the command that plays it alone again. -servers, -kinds,
// -sides and -windows narrow the field, -summary writes the table to a file. Each
// byte of a POP3 session, once:
//
//	go test ./cmd/mailhaul/proof/cut -run Cut -cuts=full -sides=pop3,half -kinds=rst -windows=6 -timeout 0
package cut
