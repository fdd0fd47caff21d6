package imap

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

var box = transfer.Folder{Path: []string{"Box"}}

// send opens the box and appends windows.
func send(t *testing.T, d transfer.Dest, windows ...[]*transfer.Letter) ([]transfer.Receipt, error) {
	t.Helper()
	if _, err := d.Open(t.Context(), box); err != nil {
		t.Fatal(err)
	}
	return sendOpen(t, d, windows...)
}

// sendOpen appends windows to the box, which is open.
func sendOpen(t *testing.T, d transfer.Dest, windows ...[]*transfer.Letter) ([]transfer.Receipt, error) {
	var rs []transfer.Receipt
	for r, err := range d.Append(t.Context(), box, func(yield func([]*transfer.Letter) bool) {
		for _, w := range windows {
			if !yield(w) {
				return
			}
		}
	}) {
		if err != nil {
			return rs, err
		}
		rs = append(rs, r)
	}
	return rs, nil
}

func textOf(t *testing.T, l *transfer.Letter) string {
	if _, err := l.Body.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(l.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// some makes letters.
func some(from, n int) (out []*transfer.Letter) {
	for i := range n {
		out = append(out, letter(fmt.Sprint(from+i), strings.Repeat(fmt.Sprintf("line %d\r\n", i), 30)))
	}
	return out
}

// kinds are servers that take letters in different ways.
var kinds = map[string]string{
	"multiappend": "",
	"literal+":    "IMAP4rev1 LITERAL+ UIDPLUS",
	"waiting":     "IMAP4rev1 UIDPLUS",
}

func TestRefusedKeywordsAreDropped(t *testing.T) {
	long := strings.Repeat("x", 200) // Dovecot: NO [CANNOT] Keyword length too long
	for name, caps := range kinds {
		t.Run(name, func(t *testing.T) {
			server := mailtest.Shared(t, mailtest.DovecotOptions{Capability: caps})
			user := server.NewUser()
			ls := some(0, 9)
			for i, l := range ls {
				l.Flags = []transfer.Flag{"good", transfer.Seen}
				if i%3 == 1 {
					l.Flags = []transfer.Flag{"good", transfer.Flag(long), transfer.Seen}
				}
			}
			rs, err := send(t, open(t, server.IMAP, user), ls[:5], ls[5:])
			if err != nil || len(rs) != len(ls) {
				t.Fatalf("got %d receipts, %v, want %d", len(rs), err, len(ls))
			}
			for i, r := range rs {
				if r.Letter != ls[i] || r.Err != nil || r.UID == 0 || (len(r.Notes) > 0) != (i%3 == 1) {
					t.Errorf("receipt %d: got %+v", i, r)
				}
			}
			held := inspect(t, server, user, box.Path)
			if len(held) != len(ls) {
				t.Errorf("got %d messages, want %d", len(held), len(ls))
			}
			for _, m := range held {
				if !slices.Contains(m.Flags, "good") || !slices.Contains(m.Flags, transfer.Seen) || len(m.Flags) != 2 {
					t.Errorf("got flags %q, want good and \\Seen", m.Flags)
				}
			}
		})
	}
}

func TestFlagsAreMadeToFit(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	ls := some(0, 2)
	ls[0].Flags = []transfer.Flag{`\Recent`, `\Foo`, "two words", "ümlaut", `\seen`, `\Seen`, `a]b"c`, "$Label1"}
	rs, err := send(t, open(t, server.IMAP, user), ls)
	if err != nil || len(rs) != 2 || rs[0].Err != nil {
		t.Fatalf("got %+v, %v", rs, err)
	}
	if got := len(rs[0].Notes); got != 4 {
		t.Errorf("got %d notes %q, want 4", got, rs[0].Notes)
	}
	got := inspect(t, server, user, box.Path)[0].Flags
	slices.Sort(got)
	if want := []transfer.Flag{"$Label1", `\Seen`, "_mlaut", "a_b_c", "two_words"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDatesAreMadeToFit(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	east := time.FixedZone("", 5*3600+1800)
	tests := []struct{ date, want time.Time }{
		{time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), earliest},
		{time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}}, // Dovecot makes the future the present
		{time.Date(2004, 2, 9, 3, 4, 5, 0, east), time.Date(2004, 2, 9, 3, 4, 5, 0, east)},
		{time.Date(1995, 12, 31, 23, 59, 59, 0, time.FixedZone("", 1172)), time.Date(1995, 12, 31, 23, 40, 27, 0, time.UTC)},
	}
	ls := some(0, len(tests))
	for i, tc := range tests {
		ls[i].Date = tc.date
	}
	rs, err := send(t, open(t, server.IMAP, user), ls)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range inspect(t, server, user, box.Path) {
		if (!m.Date.Equal(tests[i].want) && i != 1) || (len(rs[i].Notes) > 0) != (i < 2) {
			t.Errorf("%v: got %v, notes %q, want %v", tests[i].date, m.Date, rs[i].Notes, tests[i].want)
		}
	}
}

func TestFullDestination(t *testing.T) {
	for name, caps := range kinds {
		t.Run(name, func(t *testing.T) {
			server := mailtest.Shared(t, mailtest.DovecotOptions{Capability: caps, QuotaMessages: 7})
			user := server.NewUser()
			ls := some(0, 20)
			rs, err := send(t, open(t, server.IMAP, user), ls[:10], ls[10:])
			if err != nil || len(rs) != len(ls) {
				t.Fatalf("got %d receipts, %v, want %d", len(rs), err, len(ls))
			}
			stored := 0
			for i, r := range rs {
				switch {
				case r.Letter != ls[i]:
					t.Errorf("receipt %d is for letter %q", i, r.Letter.ID)
				case r.Err == nil:
					stored++
				case !transfer.Full(r.Err):
					t.Errorf("receipt %d: got %v, want full", i, r.Err)
				}
			}
			if held := inspect(t, server, user, box.Path); len(held) != stored || stored != 7 {
				t.Errorf("got %d stored by the receipts, %d by the server, want 7", stored, len(held))
			}
		})
	}
}

func TestEmptyLetter(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	ls := some(0, 3)
	ls[1] = &transfer.Letter{Message: transfer.Message{ID: "empty"}, Body: strings.NewReader("")}
	rs, err := send(t, open(t, server.IMAP, server.NewUser()), ls)
	if err != nil || len(rs) != 3 || rs[0].Err != nil || rs[1].Err == nil || rs[2].Err != nil || !transfer.Permanent(rs[1].Err) {
		t.Errorf("got %+v, %v, want the second refused for good", rs, err)
	}
}

// A letter that is shorter than it says would swallow the commands after it.
func TestLetterOfAnotherSize(t *testing.T) {
	for name, caps := range kinds {
		for _, delta := range []int64{-1, 1} {
			t.Run(fmt.Sprint(name, delta), func(t *testing.T) {
				server := mailtest.Shared(t, mailtest.DovecotOptions{Capability: caps})
				user := server.NewUser()
				ls := some(0, 3)
				ls[1].Size += delta
				rs, err := send(t, open(t, server.IMAP, user), ls[:1], ls[1:])
				if err == nil {
					t.Error("got no error")
				}
				if held := inspect(t, server, user, box.Path); len(held) > 1 || len(rs) > 1 {
					t.Errorf("got %d messages and %d receipts, want the first at most", len(held), len(rs))
				}
			})
		}
	}
}

func TestFolderGoneMeanwhile(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	d := open(t, server.IMAP, user)
	if _, err := send(t, d, some(0, 2)); err != nil {
		t.Fatal(err)
	}
	other := plain(open(t, server.IMAP, user))
	if err := other.conn.Do(t.Context(), "DELETE Box"); err != nil {
		t.Fatal(err)
	}
	var last error
	for _, last = range d.Append(t.Context(), box, func(yield func([]*transfer.Letter) bool) { yield(some(2, 2)) }) {
		if last == nil {
			t.Error("got a receipt for a folder that is gone")
		}
	}
	if last == nil {
		t.Error("got no error")
	}
	// On a new session the folder is made again, under another epoch.
	if rs, err := send(t, open(t, server.IMAP, user), some(2, 2)); err != nil || len(rs) != 2 {
		t.Errorf("again: got %d receipts, %v", len(rs), err)
	}
}

// An end without a word on every letter would leave mail behind unnoticed.
func TestEveryLetterHasItsReceipt(t *testing.T) {
	a := newAppender(nil)
	a.taken, a.ended = 2, true
	if err := a.read(func(transfer.Receipt) bool { return true }); err == nil || transfer.Permanent(err) {
		t.Errorf("got %v, want an error that another try may mend", err)
	}
}

func TestSpecialUse(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{Capability: "+CREATE-SPECIAL-USE SPECIAL-USE"})
	d := open(t, server.IMAP, server.NewUser())
	m, err := d.Open(t.Context(), transfer.Folder{Path: []string{"Gesendet"}, Role: transfer.RoleSent})
	if err != nil || !m.Created {
		t.Fatalf("got %+v, %v, want it created, with or without its role", m, err)
	}
	site, err := d.Site(t.Context())
	if err != nil || !slices.ContainsFunc(site.Folders, func(f transfer.Folder) bool { return f.Name() == "Gesendet" }) {
		t.Errorf("got %+v, %v, want the folder in it", site, err)
	}
}
