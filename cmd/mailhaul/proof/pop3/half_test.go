package pop3

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// What stands above a message, by the way it came: into the maildrop, by the new
// provider's own fetcher, and by a forward.
var (
	byOld = "Return-Path: <bert+%[1]d@sender.example>\r\nX-Original-To: anna@old.example\r\nDelivered-To: anna@old.example\r\n" +
		"Received: from relay.example (relay.example [192.0.2.1])\r\n\tby mx.old.example with ESMTPS id OLD%[1]d\r\n\tfor <anna@old.example>; Mon, 6 Jan 2020 10:00:00 +0100 (CET)\r\n"
	byFetcher = "Delivered-To: anna@new.example\r\nReceived: by 2002:a05:7300:1234:0:0:0:0 with POP3 mf%[1]d;\r\n        Tue, 7 Jan 2020 02:00:00 -0800 (PST)\r\n" +
		"X-Gmail-Fetch-Info: anna@old.example 5 pop.old.example 995 anna\r\nX-Received: by 2002:a5d:4f8e:: with SMTP id wrx%[1]d;\r\n" +
		"ARC-Seal: i=1; a=rsa-sha256; t=%[1]d; cv=none; d=new.example; s=arc; b=abc\r\nReturn-Path: <bert@sender.example>\r\n" +
		"Received-SPF: pass\r\nAuthentication-Results: mx.new.example;\r\n       spf=pass smtp.mailfrom=bert@sender.example\r\n"
	byForward = "Return-Path: <SRS0=x%[1]d=sender.example=bert@old.example>\r\nDelivered-To: anna@new.example\r\n" +
		"Received: from mx.old.example by mx.new.example; Mon, 6 Jan 2020 10:00:09 +0000\r\nReceived: by mx.old.example (Postfix, from userid 1000)\r\n\tid F%[1]d; Mon, 6 Jan 2020 10:00:07 +0100\r\n" +
		"Resent-From: anna@old.example\r\nX-Spam-Status: No, score=-%[1]d\r\nX-Mozilla-Status: 0001\r\nX-UIDL: %[1]d\r\n"
)

// by is a message as it comes by one way.
func by(way string, n int, m []byte) []byte { return append(fmt.Appendf(nil, way, n), m...) }

// realStage is a stage between real servers: a maildrop, and a mailbox that holds
// something already.
func realStage(t *testing.T, from, there [][]byte) *stage {
	t.Helper()
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	old, current := s.NewUser(), s.NewUser()
	mailtest.Load(t, s.IMAP, old, inbox(from, nil))
	mailtest.Load(t, s.IMAP, current, inbox(there, []string{`\Seen`}))
	g := &stage{t: t, real: s, realUser: current, source: clear("pop3", old, s.POP3), dest: clear("imap", current, s.IMAP)}
	return g.open()
}

func inbox(bodies [][]byte, flags []string) (mails []mailtest.Mail) {
	for i, b := range bodies {
		mails = append(mails, mailtest.Mail{Folder: []string{"INBOX"}, Flags: flags, Date: time.Date(2020, 1, 7, 3, 0, i, 0, time.UTC), Bytes: b})
	}
	return mails
}

// strong reports whether who a message is can be told by its headers: without
// Message-ID and Date its bytes alone can.
func strong(m []byte) bool {
	head, _, _ := bytes.Cut(m, []byte("\r\n\r\n"))
	return transfer.Identify(head).Strong()
}

// TestHalfIsThere: half of a maildrop was brought to the new mailbox by the new
// provider's fetcher and by a forward, with other lines above. None is doubled, and
// none is lost.
func TestHalfIsThere(t *testing.T) {
	t.Parallel()
	var from, there, want [][]byte
	adopted, copied, first := 0, 0, map[string]int{}
	for i, mail := range mailtest.Corpus(31, 300, mailtest.CorpusOptions{Small: true, CRLF: true}) {
		if n, twin := first[string(mail.Bytes)]; twin {
			from = append(from, from[n])
		} else {
			first[string(mail.Bytes)] = i
			from = append(from, by(byOld, i, mail.Bytes))
		}
		switch known := strong(mail.Bytes); {
		case i%2 == 1 && known:
			there = append(there, by([]string{byFetcher, byForward}[i/2%2], i, mail.Bytes))
			adopted++
		case i%2 == 1 && i%4 == 1: // headers that say too little, and the same way
			there = append(there, from[i])
			adopted++
		default:
			want = append(want, from[i])
			copied++
		}
	}
	if adopted < 120 || copied < 120 {
		t.Fatalf("got %d and %d, want about half of the mail", adopted, copied)
	}
	g := realStage(t, from, there)
	g.want(g.copy(), 0, fmt.Sprintf("Copied %d messages", copied), fmt.Sprintf("%d  adopted ", adopted),
		"came here by another way before: the same message and sender, other lines of transport (Received and the like); not doubled")
	g.holds("INBOX", append(want, there...)...)
	g.wantAgain(len(from))
	g.holds("INBOX", append(want, there...)...)
}

// TestLookAlikes: what has much in common and is not the same is there in the end,
// each of it, and what may be the same is told.
func TestLookAlikes(t *testing.T) {
	t.Parallel()
	m := letters(12)
	type pair struct{ old, current []byte }
	doubtful := []pair{
		{m[0], replaced(m[0], "Dear Anna", "Dear ANNA")},                             // same headers, other body
		{m[1], append(append([]byte{}, m[1]...), "PS\r\n"...)},                       // a longer one
		{m[2], replaced(m[2], "Subject: letter", "Subject: Re: letter")},             // same Message-ID and body
		{m[3], replaced(m[3], "\r\n\r\n", "\r\nList-Id: <all.example>\r\n\r\n")},     // came through a list, too
		{m[4], replaced(m[4], "Message-ID: <5@", "Message-ID: <50@")},                // same body
		{m[5], replaced(m[5], "Date: Mon, 6", "Date: Tue, 7")},                       // same Message-ID and body
		{replaced(m[6], "Message-ID", "X-ID"), replaced(m[6], "Message-ID", "X-ID")}, // nothing to know it by
	}
	var from, there [][]byte
	for i, p := range doubtful {
		from, there = append(from, by(byOld, i, p.old)), append(there, by(byFetcher, i, p.current))
	}
	// The same headers twice in the maildrop, one of them there: that one is known.
	from = append(from, by(byOld, 90, m[7]), by(byOld, 91, replaced(m[7], "Dear Anna", "Dear ANNA")))
	there = append(there, by(byForward, 91, replaced(m[7], "Dear Anna", "Dear ANNA")))
	// The same message three times in the maildrop, twice there: twice is known.
	from = append(from, by(byOld, 92, m[8]), by(byOld, 93, m[8]), by(byOld, 94, m[8]))
	there = append(there, by(byFetcher, 92, m[8]), by(byForward, 93, m[8]))
	// And once in the maildrop, twice there.
	from = append(from, by(byOld, 95, m[9]))
	there = append(there, by(byFetcher, 95, m[9]), by(byForward, 95, m[9]))

	want := append(append(append([][]byte{}, there...), from[:len(doubtful)]...), from[len(doubtful)])
	g := realStage(t, from, there)
	got := g.copy()
	g.want(got, 0, "4  adopted ", "Copied 9 messages", "4 messages came here by another way before", `message <1@sender.example> (2020-01-06, "letter 1") looks like one that is there already and is not the same; it is copied`)
	// Which of the equal three is copied does not matter.
	snapshot := mailtest.Take(t, g.real.IMAP, g.realUser)
	if n := snapshot.Messages(); n != len(want)+1 {
		t.Errorf("got %d messages, want %d", n, len(want)+1)
	}
	g.among("INBOX", want...)
	g.wantAgain(len(from))
}
