package imap

import (
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
	"github.com/mailhaul/mailhaul/transfer"
)

// A folder that was just created and cannot be opened yet is no refusal.
func TestCreatedFolderMayNeedAMoment(t *testing.T) {
	server := imapserver.Start(t, imapserver.Options{Faults: []imapserver.Fault{{On: "SELECT", Say: "NO [NONEXISTENT] Unknown mailbox"}}})
	if _, err := open(t, server.Addr, "anna").Open(t.Context(), box); err == nil || transfer.Permanent(err) {
		t.Errorf("got %v, want an error that another try may mend", err)
	}
	if _, err := open(t, server.Addr, "anna").Open(t.Context(), box); err != nil {
		t.Errorf("got %v at the next try, want none", err)
	}
}

// A date that the server refuses in any form is left out, and said so.
func TestRefusedDateIsDropped(t *testing.T) {
	server := imapserver.Start(t, imapserver.Options{Faults: []imapserver.Fault{
		{On: "APPEND", With: `-2019`, Times: imapserver.Always, Say: "NO invalid internal date"},
	}})
	letters := some(0, 2)
	for _, l := range letters {
		l.Date = time.Date(2019, 4, 5, 10, 0, 0, 0, time.UTC)
	}
	rs, err := send(t, open(t, server.Addr, "anna"), letters)
	if err != nil || len(rs) != 2 {
		t.Fatalf("got %d receipts, %v, want 2", len(rs), err)
	}
	for _, r := range rs {
		if r.Err != nil || len(r.Notes) != 1 {
			t.Errorf("got %v, notes %q, want it stored with one note", r.Err, r.Notes)
		}
	}
}

// A server that stores a part of a group and refuses it is not sent the rest:
// what is there has to be found out first.
func TestTornGroupIsNotSentAgain(t *testing.T) {
	n := 0
	server := imapserver.Start(t, imapserver.Options{Faults: []imapserver.Fault{{
		On: "APPEND", Late: true, Say: "NO [CANNOT] one of them is bad",
		Store: func(*imapserver.Message) bool { n++; return n <= 2 },
	}}})
	rs, err := send(t, open(t, server.Addr, "anna"), some(0, 5))
	if len(rs) != 0 || err == nil || transfer.Permanent(err) {
		t.Errorf("got %d receipts, %v, want none and an error that another try may mend", len(rs), err)
	}
	if n := server.Count("APPEND"); n != 1 {
		t.Errorf("got %d APPENDs, want 1", n)
	}
}
