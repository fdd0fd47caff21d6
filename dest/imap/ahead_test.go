package imap

import (
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
	"github.com/mailhaul/mailhaul/transfer"
)

var next = transfer.Folder{Path: []string{"Next"}}

// foreseeing opens a session that asks for the next folder ahead.
func foreseeing(t *testing.T, a *Account) transfer.Dest {
	t.Helper()
	d, err := a.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	d.(transfer.Foresighted).Foresee(func() (transfer.Folder, bool) { return next, true })
	return d
}

// wantsCreated opens the next folder, which a session has asked for ahead.
func wantsCreated(t *testing.T, d transfer.Dest) {
	t.Helper()
	if m, err := d.Open(t.Context(), next); err != nil || !m.Created {
		t.Errorf("got %+v, %v, want a folder that was created", m, err)
	}
	if m, err := d.Open(t.Context(), next); err != nil || m.Created {
		t.Errorf("again: got %+v, %v, want a folder that is told to be created once", m, err)
	}
}

// A folder that was asked for ahead was made by us, also if the session has to go
// back to the one before.
func TestCreatedAheadAndLeftAgain(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	d := foreseeing(t, NewAccount(access(t, server.IMAP, server.NewUser())))
	rs, err := send(t, d, some(0, 3))
	if err != nil || len(rs) != 3 {
		t.Fatalf("got %d receipts, %v, want 3", len(rs), err)
	}
	for _, err := range d.Stored(t.Context(), box, 1, nil) {
		if err != nil {
			t.Fatal(err)
		}
	}
	wantsCreated(t, d)
}

// It was made by us if another folder is opened before it, too.
func TestCreatedAheadAndOpenedLater(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	d := foreseeing(t, NewAccount(access(t, server.IMAP, server.NewUser())))
	if _, err := send(t, d, some(0, 3)); err != nil {
		t.Fatal(err)
	}
	if m, err := d.Open(t.Context(), box); err != nil || m.Created {
		t.Errorf("got %+v, %v, want the folder from before", m, err)
	}
	wantsCreated(t, d)
}

// What one session has made, and could not open any more, another one tells.
func TestCreatedBySessionThatBroke(t *testing.T) {
	for name, fault := range map[string]imapserver.Fault{
		"cut after it was made": {On: "SELECT", In: "Next", Close: true},
		"not shown yet":         {On: "SELECT", In: "Next", Say: "NO [NONEXISTENT] Unknown mailbox"},
	} {
		t.Run(name, func(t *testing.T) {
			server := imapserver.Start(t, imapserver.Options{Faults: []imapserver.Fault{fault}})
			a := NewAccount(access(t, server.Addr, "anna"))
			first := foreseeing(t, a)
			if m, err := first.Open(t.Context(), next); err == nil {
				t.Fatalf("got %+v, want an error", m)
			}
			wantsCreated(t, foreseeing(t, a))
		})
	}
}

// The same where the session breaks before the folder is opened.
func TestCreatedAheadBySessionThatBroke(t *testing.T) {
	server := imapserver.Start(t, imapserver.Options{Faults: []imapserver.Fault{{On: "SELECT", In: "Next", Close: true}}})
	a := NewAccount(access(t, server.Addr, "anna"))
	first := foreseeing(t, a)
	if rs, err := send(t, first, some(0, 3)); err != nil || len(rs) != 3 {
		t.Fatalf("got %d receipts, %v, want 3", len(rs), err)
	}
	for _, err := range first.Stored(t.Context(), box, 1, nil) {
		if err == nil {
			t.Fatal("got no error from a session that was cut")
		}
	}
	wantsCreated(t, foreseeing(t, a))
}

// A server may say that the folder exists which it has just made. One that somebody
// else has put mail into is not ours.
func TestCreatedThoughItExists(t *testing.T) {
	for name, with := range map[string]struct {
		fault   imapserver.Fault
		created bool
	}{
		"just made": {imapserver.Fault{Late: true}, true},
		"with mail": {imapserver.Fault{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			with.fault.On, with.fault.Say = "CREATE", "NO [ALREADYEXISTS] Mailbox already exists"
			var server *imapserver.Server
			if !with.created {
				with.fault.Do = func() { server.PutAs("anna", "Next", mailtest.Mail{Bytes: []byte("Subject: mine\r\n\r\n")}) }
			}
			server = imapserver.Start(t, imapserver.Options{Faults: []imapserver.Fault{with.fault}})
			m, err := open(t, server.Addr, "anna").Open(t.Context(), next)
			if err != nil || m.Created != with.created {
				t.Errorf("got %+v, %v, want created %t", m, err, with.created)
			}
		})
	}
}
