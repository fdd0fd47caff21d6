package pop3

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/pop3server"
)

// entry is what the destination holds of a message, which must be in that folder.
func (g *stage) entry(folder string, body []byte) mailtest.Entry {
	g.t.Helper()
	entries, sum := g.mailbox()[folder], sha256.Sum256(body)
	i := slices.IndexFunc(entries, func(e mailtest.Entry) bool { return e.SHA256 == sum })
	if i < 0 {
		g.t.Fatalf("%s does not hold %.200q", folder, body)
	}
	return entries[i]
}

// aged is a letter that came in so many days ago.
func aged(n, days int) []byte {
	when := time.Now().AddDate(0, 0, -days).Format(time.RFC1123Z)
	return replaced(letter(n), "by pop.old.example; ", "by pop.old.example; "+when+"\r\nX-Was: ")
}

// TestReadMarks: POP3 does not know what was read; the user says.
func TestReadMarks(t *testing.T) {
	days := []int{400, 31, 29, 0}
	for _, tc := range []struct {
		flags []string
		read  []bool
	}{
		{nil, []bool{true, true, false, false}},
		{[]string{"--pop-seen", "all"}, []bool{true, true, true, true}},
		{[]string{"--pop-seen", "none"}, []bool{false, false, false, false}},
		{[]string{"--pop-seen", "older-than=2w"}, []bool{true, true, true, false}},
	} {
		t.Run(fmt.Sprint(tc.flags), func(t *testing.T) {
			t.Parallel()
			var all [][]byte
			for i, d := range days {
				all = append(all, aged(i+1, d))
			}
			g := newStage(t, pop3server.Options{Capabilities: full()}, all...)
			g.want(g.copy(tc.flags...), 0, "Copied 4 messages")
			for i, body := range all {
				if read := slices.Contains(g.entry("INBOX", body).Flags, `\Seen`); read != tc.read[i] {
					t.Errorf("%d days old: got read %v, want %v", days[i], read, tc.read[i])
				}
			}
			// What the user marks afterwards stays, whatever is asked for then.
			g.want(g.copy("--pop-seen", "all"), 0, "Nothing new: looked at 4 messages")
			if read := slices.Contains(g.entry("INBOX", all[3]).Flags, `\Seen`); read != tc.read[3] {
				t.Errorf("a later run marks mail: got read %v, want %v", read, tc.read[3])
			}
		})
	}
	t.Run("a word that means nothing", func(t *testing.T) {
		g := newStage(t, pop3server.Options{})
		g.want(g.copy("--pop-seen", "some"), 2, "pop-seen must be all, none or like older-than=30d, not \"some\"")
		g.want(g.copy("--pop-seen", "older-than=soon"), 2, `"soon" is no age: write it like 30d or 4w`)
	})
}

// TestDates: a message came in when the topmost Received line says, else when it was
// written, else now; lines that cannot be believed are passed over.
func TestDates(t *testing.T) {
	t.Parallel()
	m := letter(1)
	received := time.Date(2020, 1, 6, 10, 0, 1, 0, time.FixedZone("", 3600))
	written := received.Add(-time.Hour)
	now := time.Now()
	rows := []struct {
		name string
		body []byte
		want time.Time
	}{
		{"topmost Received", append([]byte("Received: by pop.old.example; Tue, 7 Jan 2020 23:59:58 -0500 (EST)\r\n"), m...), time.Date(2020, 1, 8, 4, 59, 58, 0, time.UTC)},
		{"topmost one has no date", append([]byte("Received: from a by pop.old.example\r\n"), m...), received},
		{"topmost one is of 1904", append([]byte("Received: by x; Fri, 1 Jan 1904 00:00:00 +0000\r\n"), m...), received},
		{"topmost one is of the future", append([]byte("Received: by x; Fri, 1 Jan 2100 00:00:00 +0000\r\n"), m...), received},
		{"no Received", m[bytes.Index(m, []byte("Message-ID")):], written},
		{"none, and Date in two digits", replaced(m[bytes.Index(m, []byte("Message-ID")):], "Mon, 6 Jan 2020 09:00:01 +0100", "6 Jan 98 09:00 GMT"), time.Date(1998, 1, 6, 9, 0, 0, 0, time.UTC)},
		{"neither", replaced(m[bytes.Index(m, []byte("Message-ID")):], "Date: ", "X-Date: "), time.Time{}},
		{"Date says nothing", replaced(m[bytes.Index(m, []byte("Message-ID")):], "Mon, 6 Jan 2020 09:00:01 +0100", "yesterday"), time.Time{}},
	}
	var all [][]byte
	for _, r := range rows {
		all = append(all, r.body)
	}
	g := newStage(t, pop3server.Options{Capabilities: full()}, all...)
	g.want(g.copy(), 0, "Copied 8 messages", "of 2 messages of 1 folder no usable date of arrival is known: the destination gives them the present")
	for _, r := range rows {
		got := g.entry("INBOX", r.body).Date
		if r.want.IsZero() && got.Before(now.Add(-time.Minute)) || !r.want.IsZero() && !got.Equal(r.want) {
			t.Errorf("%s: got %v, want %v", r.name, got, r.want)
		}
	}
	g.wantAgain(8)
}

// TestTargetFolder: INBOX unless the user says otherwise, and what was carried stays
// known when the user says it later.
func TestTargetFolder(t *testing.T) {
	t.Parallel()
	g := newStage(t, pop3server.Options{Capabilities: full()}, letters(3)...)
	g.want(g.copy("--map", "INBOX=Old/Inbox"), 0, "Copied 3 messages")
	g.holds("Old/Inbox", letters(3)...)
	g.holds("INBOX")
	g.from.Add(letter(4))
	g.want(g.copy("--map", "INBOX=Old/Inbox"), 0, "Copied 1 message,", "3  present")
	g.holds("Old/Inbox", letters(4)...)
}
