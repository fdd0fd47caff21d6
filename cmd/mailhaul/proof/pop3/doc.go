// Package pop3 holds what happens to people who leave POP3: one test for each odd
// thing that a maildrop, its server or its user does, with the real program, and
// with the words that it says to them.
//
//	names_test.go     UIDL missing, doubled, changing, too long; lists that are malformed
//	marks_test.go     what POP3 cannot tell: read marks, dates, the folder
//	dovecot_test.go   a real server with its settings
//	half_test.go      part of the mail is at the destination already, by another way
//	sources_test.go   several sources into one mailbox
//	busy_test.go      locked, used by another client, growing, empty
//	batch_test.go     Gmail, which shows a part at a time
//	large_test.go     100,000 messages; one of 1 GB
//	clear_test.go     the maildrop is emptied, by one who sits at a terminal
//
// To read what the program says in each of them:
//
//	go test ./cmd/mailhaul/proof/pop3 -transcripts DIR
package pop3
