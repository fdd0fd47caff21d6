package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/dest"
	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// topicProbe is what a destination does with mail.
const topicProbe = "probe"

// probe is one try of a destination: a folder of its own, and what was put there.
type probe struct {
	folder  transfer.Folder
	letters []*transfer.Letter
	bodies  [][]byte
	sent    time.Time
	kept    []transfer.Message // as the destination tells them, in order
	read    [][]byte
}

// tryOut puts two messages into a folder of their own, looks, and removes it.
func (o *checkOptions) tryOut(ctx context.Context, f *findings, s side) error {
	p := newProbe()
	err := p.run(ctx, s)
	// Whatever happened, and even if the user has had enough: nothing stays.
	if left := p.remove(context.WithoutCancel(ctx), s); left != nil {
		f.fail(topicProbe, "remove it with any mail program", "the folder %q could not be removed: %v", p.folder.Name(), left)
	}
	if err != nil {
		return f.failed(ctx, topicProbe, s, err)
	}
	p.judge(f)
	return nil
}

// probeDate is a date and a zone that no server makes up.
func probeDate() time.Time {
	return time.Date(2004, time.February, 29, 12, 34, 56, 0, time.FixedZone("", 5*3600+45*60))
}

func newProbe() *probe {
	name := "mailhaul-check-" + strings.ToLower(rand.Text()[:10])
	p := &probe{folder: transfer.Folder{Path: []string{name}, Count: -1, Bytes: -1}}
	odd := "From: =?utf-8?q?mailhaul?= <check@mailhaul.invalid>\r\nTo: you\r\nMessage-ID: <" + name + "-1@mailhaul.invalid>\r\n" +
		"Subject: mailhaul check\r\n\tfolded   \r\nX-Eight-Bit: gr\xfc\xdfe\r\nDate: Sun, 29 Feb 2004 12:34:56 +0545\r\n\r\n" +
		"Trailing blanks:   \r\nFrom here on\r\n.\r\n..\r\n" + strings.Repeat("a long line ", 200) + "\r\n\xe4\xf6\xfc \t\r\n\r\n\r\n"
	plain := "From: <check@mailhaul.invalid>\r\nMessage-ID: <" + name + "-2@mailhaul.invalid>\r\nSubject: mailhaul check\r\n\r\nNow.\r\n"
	p.put(odd, probeDate(), transfer.Seen, transfer.Flagged, transfer.Answered, "$MailhaulCheck")
	p.put(plain, time.Time{})
	return p
}

func (p *probe) put(text string, date time.Time, flags ...transfer.Flag) {
	p.bodies = append(p.bodies, []byte(text))
	p.letters = append(p.letters, &transfer.Letter{
		Message: transfer.Message{ID: fmt.Sprint(len(p.letters)), Date: date, Flags: flags, Size: int64(len(text))},
		Body:    strings.NewReader(text),
	})
}

// run puts the messages there and reads them back.
func (p *probe) run(ctx context.Context, s side) error {
	to, err := dest.Open(s.Access)
	if err != nil {
		return err
	}
	session, err := to.Open(ctx)
	if err != nil {
		return err
	}
	defer session.Close()
	if _, err := session.Site(ctx); err != nil {
		return err
	}
	if _, err := session.Open(ctx, p.folder); err != nil {
		return err
	}
	p.sent = time.Now()
	for r, err := range session.Append(ctx, p.folder, func(yield func([]*transfer.Letter) bool) { yield(p.letters) }) {
		if err = errors.Join(err, r.Err); err != nil {
			return err
		}
	}
	for m, err := range session.Stored(ctx, p.folder, 1, nil) {
		if err != nil {
			return err
		}
		p.kept = append(p.kept, m)
	}
	return p.readBack(ctx, session)
}

func (p *probe) readBack(ctx context.Context, session transfer.Dest) error {
	var uids []uint32
	for _, m := range p.kept {
		uids = append(uids, m.UID)
	}
	for got, err := range session.Read(ctx, p.folder, uids) {
		if err = errors.Join(err, got.Err); err != nil {
			return err
		}
		text, err := io.ReadAll(got.Body)
		if err != nil {
			return err
		}
		p.read = append(p.read, text)
	}
	return nil
}

// remove takes the folder away, if it is there.
func (p *probe) remove(ctx context.Context, s side) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	conn, err := imapconn.Open(ctx, s.Access)
	if err != nil {
		return err
	}
	defer conn.Close()
	tree, err := conn.Folders(ctx, false)
	if err != nil {
		return err
	}
	folder, there := tree.Lookup(p.folder.Path)
	if !there {
		return nil
	}
	_ = conn.Do(ctx, "UNSUBSCRIBE ", folder.Wire) // some servers keep subscriptions of what is gone
	return conn.Do(ctx, "DELETE ", folder.Wire)
}

// judge tells what became of the messages.
func (p *probe) judge(f *findings) {
	if len(p.kept) != len(p.letters) || len(p.read) != len(p.letters) {
		f.fail(topicProbe, "a move to this server could lose mail: ask its operator", "two messages were put there, %d are there", len(p.kept))
		return
	}
	odd, want := p.kept[0], p.letters[0]
	p.judgeBytes(f)
	if odd.Date.Equal(want.Date) {
		f.say(good, topicProbe, "keeps the date of arrival")
	} else {
		f.fail(topicProbe, "mail will bear the date of the move there; mail programs that sort by the Date header show it right",
			"does not keep the date of arrival: %s became %s", want.Date.Format(time.RFC3339), odd.Date.Format(time.RFC3339))
	}
	var lost []string
	for _, flag := range want.Flags {
		if !slices.Contains(odd.Flags, flag) {
			lost = append(lost, string(flag))
		}
	}
	switch {
	case len(lost) == 0:
		f.say(good, topicProbe, "keeps flags and keywords")
	case len(lost) == 1 && !strings.HasPrefix(lost[0], `\`):
		f.say(note, topicProbe, "keeps flags, but no keywords (tags, labels)")
	default:
		f.fail(topicProbe, "", "does not keep %s", strings.Join(lost, " "))
	}
	p.judgeClock(f)
}

func (p *probe) judgeBytes(f *findings) {
	for i, body := range p.bodies {
		if at := differ(body, p.read[i]); at >= 0 {
			f.fail(topicProbe, "mail that this server has changed is not what it was: signatures may break",
				"changes messages: at byte %d, %q became %q", at, around(body, at), around(p.read[i], at))
			return
		}
	}
	f.say(good, topicProbe, "keeps every byte: 8-bit, long lines, trailing blanks")
}

// judgeClock compares the server's clock with ours, by the date that it gave to
// a message without one.
func (p *probe) judgeClock(f *findings) {
	date := p.kept[1].Date
	if date.IsZero() {
		return
	}
	switch ahead := date.Sub(p.sent).Round(time.Second); {
	case ahead > time.Minute:
		f.say(note, topicProbe, "its clock is %s ahead of ours", ahead)
	case ahead < -time.Minute:
		f.say(note, topicProbe, "its clock is %s behind ours", -ahead)
	default:
		f.say(good, topicProbe, "its clock goes with ours")
	}
}

// differ is where two texts begin to differ, -1 if they do not.
func differ(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}

func around(text []byte, at int) []byte { return text[min(at, len(text)):min(at+20, len(text))] }
