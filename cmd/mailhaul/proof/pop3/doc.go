// Package pop3 holds what happens to people who leave POP3: one test for each odd
// thing that a maildrop, its server or its user does, with the real program, and
// with the words that it says to them.
//
//	names_test.go     UIDL missing, doubled, changing, too long; lists that are malformed
//	half_test.go      part of the mail is at the destination already, by another way
//
// To read what the program says in each of them:
//
//	go test ./cmd/mailhaul/proof/pop3 -transcripts DIR
package pop3
