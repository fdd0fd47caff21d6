package imap

import (
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// serial is what a server says that wants to be asked before each letter.
const serial = "IMAP4rev1 UIDPLUS NAMESPACE"

func TestContractWide(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{Capability: serial, MaxSize: 1_000_000})
	user := server.NewUser()
	transfertest.Dest(t, transfertest.DestStore{
		Open: func(t *testing.T) transfer.Dest {
			d := open(t, server.IMAP, user)
			d.(transfer.Wide).Widen(4)
			return d
		},
		Inspect: func(t *testing.T, path []string) []transfertest.Stored { return inspect(t, server, user, path) },
		UIDs:    true, Keywords: true, Dates: true, AnyOrder: true,
		Refused:     func(*testing.T) *transfer.Letter { return letter("big", strings.Repeat("too big\r\n", 200_000)) },
		RefusedName: []string{"a/b.c\x01"},
		Stalled:     stalled,
	})
}

// Letters go over all connections, each once, and a second Append finds them open.
func TestWide(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{Capability: serial})
	d := open(t, server.IMAP, server.NewUser())
	wide := d.(transfer.Wide)
	wide.Widen(5)
	if !wide.Serial() {
		t.Fatal("got a server that takes letters without being asked")
	}
	for round := range 2 {
		letters := some(100*round, 60)
		uids, given := map[uint32]bool{}, map[*transfer.Letter]bool{}
		rs, err := send(t, d, letters[:40], letters[40:])
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rs {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			if uids[r.UID] || given[r.Letter] {
				t.Errorf("got UID %d or its letter twice", r.UID)
			}
			uids[r.UID], given[r.Letter] = true, true
		}
		if len(given) != len(letters) {
			t.Errorf("got %d receipts, want %d", len(given), len(letters))
		}
		if got := len(plain(d).helpers); got != 4 {
			t.Errorf("got %d further connections, want 4", got)
		}
	}
	if m, err := d.Open(t.Context(), box); err != nil || m.Count != 120 {
		t.Errorf("got %d messages, %v, want 120", m.Count, err)
	}
}
