package imap

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

const noCondstore = "IMAP4rev1 LITERAL+ UIDPLUS LIST-STATUS LIST-EXTENDED ESEARCH"

// listed lists INBOX in a new session, and tells what it took.
func listed(t *testing.T, addr, user, since string) (f transfer.Folder, ms []transfer.Message, bytes int64, turns int) {
	t.Helper()
	line := mailtest.Proxy(t, addr, mailtest.ProxyOptions{})
	s := open(t, line.Addr, user)
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f = fs[0]
	f.Since = since
	before := line.Traffic()[0]
	for m, err := range oneByOne(s.List(t.Context(), f, "")) {
		if err != nil {
			t.Fatal(err)
		}
		ms = append(ms, m)
	}
	after := line.Traffic()[0]
	return f, ms, after.Down - before.Down, after.Turns - before.Turns
}

// One new message and one changed flag in a folder of 2,000: what comes over the
// line, and that all is told. UID 3 is gone, 5 has changed, 2001 is new.
func TestBriefListOverTheLine(t *testing.T) {
	for _, tc := range []struct {
		name, caps string
		most       int64 // bytes
		brief      transfer.Brief
	}{
		{"CONDSTORE", "", 5_000, transfer.Unchanged},
		{"CONDSTORE without ESEARCH", "IMAP4rev1 LITERAL+ UIDPLUS LIST-STATUS LIST-EXTENDED CONDSTORE", 15_000, transfer.Unchanged},
		{"FLAGS alone", noCondstore, 90_000, transfer.Undated},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := mailtest.Shared(t, mailtest.DovecotOptions{Capability: tc.caps})
			user := server.NewUser()
			one := mailtest.Mail{Folder: []string{"INBOX"}, Date: time.Unix(1e9, 0), Bytes: []byte("A: b\r\n\r\nc\r\n")}
			mailtest.Load(t, server.IMAP, user, slices.Repeat([]mailtest.Mail{one}, 2000))
			f, _, all, _ := listed(t, server.IMAP, user, "")
			if (f.State == "") != (tc.brief == transfer.Undated) || f.State+f.Mark == "" {
				t.Fatalf("got state %q and mark %q", f.State, f.Mark)
			}
			since := f.State + f.Mark
			inbox := transfer.Folder{Path: []string{"INBOX"}}
			do(t, server, user, inbox, `UID STORE 3 +FLAGS.SILENT (\Deleted)`, "EXPUNGE", `UID STORE 5 +FLAGS.SILENT (\Seen)`)
			mailtest.Load(t, server.IMAP, user, []mailtest.Mail{one})
			_, whole, _, _ := listed(t, server.IMAP, user, "")
			_, ms, bytes, turns := listed(t, server.IMAP, user, since)
			t.Logf("%d bytes instead of %d", bytes, all)
			if bytes > tc.most || turns != 1 {
				t.Errorf("got %d bytes in %d round trips, want up to %d in 1; the whole list has %d", bytes, turns, tc.most, all)
			}
			if len(ms) != 2000 || len(whole) != 2000 {
				t.Fatalf("got %d and %d messages, want 2000", len(ms), len(whole))
			}
			for i, m := range ms {
				want, uid := whole[i], whole[i].ID
				told := i >= 2000-1-witnesses || uid == "5" && tc.brief == transfer.Unchanged
				if told != (m.Brief == 0) || !told && m.Brief != tc.brief || m.ID != want.ID {
					t.Fatalf("got %+v, want it told in full: %t", m, told)
				}
				if told && !m.Date.Equal(want.Date) || m.Brief != transfer.Unchanged && fmt.Sprint(m.Flags) != fmt.Sprint(want.Flags) {
					t.Errorf("got %+v, want %+v", m, want)
				}
			}
			if f := ms[3].Flags; ms[3].ID != "5" || len(f) != 1 || f[0] != transfer.Seen {
				t.Errorf("got %+v, want UID 5 with its new flag", ms[3])
			}
		})
	}
}

// recalled plays a server whose INBOX has n messages with UIDs from 1 on.
type recalled struct {
	n            int
	next, modSeq int // by STATUS
	opened       string
	asked        []string
}

func (r *recalled) answer(command string) (lines, code string) {
	r.asked = append(r.asked, command)
	b := big{n: r.n, step: 1}
	switch {
	case strings.HasPrefix(command, "STATUS"):
		return fmt.Sprintf("* STATUS INBOX (MESSAGES %d UIDNEXT %d UIDVALIDITY 5 HIGHESTMODSEQ %d)\r\n", r.n, r.next, r.modSeq), ""
	case strings.HasPrefix(command, "EXAMINE"):
		return fmt.Sprintf("* %d EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n%s", r.n, r.opened), "[READ-ONLY]"
	case strings.HasPrefix(command, "UID SEARCH"):
		return fmt.Sprintf("* ESEARCH (TAG \"x\") UID ALL 1:%d\r\n", r.n), ""
	case strings.Contains(command, "CHANGEDSINCE"):
		return "* 7 FETCH (UID 7 MODSEQ (60) FLAGS (new) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 5)\r\n", ""
	}
	return b.answer(command)
}

// Whatever speaks against what was recorded has the folder listed whole.
func TestWholeListInDoubt(t *testing.T) {
	const fine = "* OK [UIDNEXT 1001] x\r\n* OK [HIGHESTMODSEQ 70] x\r\n"
	for _, tc := range []struct {
		name   string
		since  string
		opened string
		refuse string
		brief  bool
	}{
		{name: "as it was told", since: "5/901/900/50", brief: true},
		{name: "another UIDVALIDITY", since: "4/901/900/50"},
		{name: "UIDNEXT has shrunk", since: "5/1002/900/50"},
		{name: "UIDNEXT has shrunk when it is opened", since: "5/901/900/50", opened: "* OK [UIDNEXT 900] x\r\n* OK [HIGHESTMODSEQ 70] x\r\n"},
		{name: "UIDNEXT is not told when it is opened", since: "5/901/900/50", opened: "* OK [HIGHESTMODSEQ 70] x\r\n"},
		{name: "HIGHESTMODSEQ goes backwards", since: "5/901/900/71"},
		{name: "HIGHESTMODSEQ goes backwards when it is opened", since: "5/901/900/50", opened: "* OK [UIDNEXT 1001] x\r\n* OK [HIGHESTMODSEQ 49] x\r\n"},
		{name: "NOMODSEQ", since: "5/901/900/50", opened: "* OK [UIDNEXT 1001] x\r\n* OK [NOMODSEQ] x\r\n"},
		{name: "nothing was known", since: "5/901/900"},
		{name: "nothing that makes sense", since: "5/901/900/50/1"},
		{name: "few messages", since: "5/33/30/50"},
		{name: "refuses to search", since: "5/901/900/50", refuse: "UID SEARCH"},
		{name: "refuses CHANGEDSINCE", since: "5/901/900/50", refuse: "UID FETCH 1:8"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := &recalled{n: 1000, next: 1001, modSeq: 70, opened: fine}
			if tc.opened != "" {
				server.opened = tc.opened
			}
			s := open(t, refusing(t, server, tc.refuse), "anna")
			fs, err := s.Folders(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			fs[0].Since = tc.since
			for range 2 {
				n, brief := 0, 0
				for m, err := range oneByOne(s.List(t.Context(), fs[0], "")) {
					if err != nil {
						t.Fatal(err)
					}
					if n++; m.ID != fmt.Sprint(n) {
						t.Fatalf("number %d: got UID %s", n, m.ID)
					}
					if m.Brief != 0 {
						brief++
					}
				}
				if want := map[bool]int{true: 868 - 1}[tc.brief]; n != 1000 || brief != want {
					t.Errorf("got %d messages, %d of them in brief, want 1000 and %d\n%s", n, brief, want, strings.Join(server.asked, "\n"))
				}
			}
		})
	}
}

// refusing serves what server answers, and NO to commands that begin so.
func refusing(t *testing.T, server *recalled, begins string) string {
	return serveAs(t, func(command string) (lines, end string) {
		if begins != "" && strings.HasPrefix(command, begins) && (strings.Contains(command, "SEARCH") || strings.Contains(command, "CHANGEDSINCE")) {
			return "", "BAD what is that"
		}
		lines, code := server.answer(command)
		return lines, "OK " + code + " done"
	}, "CONDSTORE ESEARCH")
}

// The list of the next folder that was asked for ahead is brief, too, and is not
// taken for a whole one.
func TestBriefListAhead(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	for _, name := range []string{"INBOX", "Next"} {
		one := mailtest.Mail{Folder: []string{name}, Date: time.Unix(1e9, 0), Bytes: []byte("A: b\r\n\r\nc\r\n")}
		mailtest.Load(t, server.IMAP, user, slices.Repeat([]mailtest.Mail{one}, 100))
	}
	s := open(t, server.IMAP, user)
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	next := fs[slices.IndexFunc(fs, func(f transfer.Folder) bool { return f.Name() == "Next" })]
	ahead := next
	ahead.Since = ahead.State
	s.Foresee(func() (transfer.Folder, bool) { return ahead, true })
	for _, tc := range []struct {
		list  transfer.Folder
		brief int
	}{{ahead, 100 - witnesses}, {next, 0}} {
		for x, err := range s.Fetch(t.Context(), fs[0], []transfer.Message{{ID: "1", Size: -1}}) {
			if err != nil || x.Err != nil {
				t.Fatal(err, x.Err)
			}
		}
		if s.coming == nil {
			t.Fatal("nothing was asked for ahead")
		}
		n, brief := 0, 0
		for m, err := range oneByOne(s.List(t.Context(), tc.list, "")) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; m.Brief != 0 {
				brief++
			}
		}
		if n != 100 || brief < tc.brief-2 || brief > tc.brief {
			t.Errorf("since %q: got %d messages, %d in brief, want 100 and about %d", tc.list.Since, n, brief, tc.brief)
		}
	}
}
