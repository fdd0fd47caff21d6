package pop3

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// FuzzStatusLine: a reply is one of +OK and -ERR to the letter, or none.
func FuzzStatusLine(f *testing.F) {
	for _, s := range []string{"+OK", "+OK 2 320", "-ERR [IN-USE] x", "+OKAY", "", "+ok", "-ERR\tx"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		text, positive, ok := parseStatus(line)
		is := func(word string) bool {
			return string(line) == word || strings.HasPrefix(string(line), word+" ")
		}
		if ok != (is("+OK") || is("-ERR")) || ok && positive != is("+OK") || !ok && text != "" {
			t.Errorf("%q: got %q, %v, %v", line, text, positive, ok)
		}
		if ok && !bytes.Contains(line, []byte(text)) {
			t.Errorf("%q: got words %q", line, text)
		}
	})
}

// FuzzArrival: a date in a header is read as it was written; the topmost
// Received goes before Date.
func FuzzArrival(f *testing.F) {
	f.Add("from a by b", int64(1420459200), 60, []byte("Received: x;\r\n Mon, 5 Jan 2015 12:00:00 +0000\r\n"))
	f.Add("a; b (c", int64(0), -720, []byte("Date: Sun, 29 Feb 2023 10:00:00 +0000\r\n\r\nDate: x"))
	f.Fuzz(func(t *testing.T, trace string, unix int64, zone int, header []byte) {
		arrival(header, time.Now())
		date := time.Unix(86400+unix&0xf7ffffff, 0).In(time.FixedZone("", zone%(14*60)*60))
		trace = strings.Map(func(r rune) rune {
			if r == '\r' || r == '\n' {
				return ' '
			}
			return r
		}, trace)
		stamp := date.Format("Mon, 2 Jan 2006 15:04:05 -0700")
		for _, h := range []string{
			fmt.Sprintf("Received: %s; %s\r\nReceived: x; Mon, 5 Jan 2015 12:00:00 +0000\r\n", trace, stamp),
			fmt.Sprintf("Date: Mon, 5 Jan 2015 12:00:00 +0000\r\nreceived: %s;\r\n\t%s\r\n", trace, strings.ReplaceAll(stamp, " ", "\r\n ")),
			fmt.Sprintf("Received: no date\r\nDATE: %s\r\n\r\nReceived: x; Mon, 5 Jan 2015 12:00:00 +0000\r\n", stamp),
		} {
			if got := arrival([]byte(h), date); !got.Equal(date) {
				t.Errorf("%q: got %v, want %v", h, got, date)
			}
		}
	})
}

// FuzzNames: every message has a name of its own, by which it is found.
func FuzzNames(f *testing.F) {
	f.Add("a b a a c")
	f.Add("x #2 x x")
	f.Fuzz(func(t *testing.T, list string) {
		d := &maildrop{}
		for name := range strings.FieldsSeq(list) {
			d.entries = append(d.entries, entry{id: name})
		}
		d.settleNames()
		seen := map[string]bool{}
		for i, e := range d.entries {
			if seen[e.id] || d.number(e.id) != i+1 {
				t.Fatalf("%q: message %d is called %q, which leads to %d", list, i+1, e.id, d.number(e.id))
			}
			seen[e.id] = true
		}
	})
}
