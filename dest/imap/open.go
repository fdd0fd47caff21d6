package imap

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// NameError is a folder that the server would not create.
type NameError struct {
	Path []string
	Err  error
}

func (e *NameError) Error() string {
	return fmt.Sprintf("the server refuses the folder name %q: %v", strings.Join(e.Path, "/"), e.Err)
}

// Unwrap gives the server's refusal.
func (e *NameError) Unwrap() error { return e.Err }

// Permanent is always true: another name is needed.
func (e *NameError) Permanent() bool { return true }

// readOnlyError is a folder that takes no mail.
type readOnlyError struct{ name string }

func (e *readOnlyError) Error() string {
	return fmt.Sprintf("the folder %q can only be read", e.name)
}
func (e *readOnlyError) Permanent() bool { return true }

// notYetError is a folder that the server has made and does not show: Exchange
// and others with several machines need a moment.
type notYetError struct{ err error }

func (e *notYetError) Error() string   { return fmt.Sprintf("it was created, but %v", e.err) }
func (e *notYetError) Unwrap() error   { return e.err }
func (e *notYetError) Permanent() bool { return false }

// Open selects the folder, and makes it if it is missing.
func (d *dest) Open(ctx context.Context, f transfer.Folder) (transfer.Mailbox, error) {
	var box transfer.Mailbox
	err := d.conn.Within(ctx, func() (err error) {
		if err := d.know(ctx); err != nil {
			return err
		}
		if box, err = d.openBox(f); err != nil {
			return err
		}
		if _, box.Created = d.account.made.LoadAndDelete(f.Key()); box.Created {
			box.Above = d.tree.Missing(f.Path)
		}
		return nil
	})
	if err != nil {
		return transfer.Mailbox{}, fmt.Errorf("opening %q: %w", f.Name(), err)
	}
	return box, nil
}

func (d *dest) openBox(f transfer.Folder) (transfer.Mailbox, error) {
	o := d.coming
	d.coming = nil
	if o == nil || o.folder.Key() != f.Key() {
		var err error
		if o, err = d.ask(f); err != nil {
			return transfer.Mailbox{}, err
		}
	}
	if o.create == nil {
		err := d.conn.Wait(o.sel)
		var refused *imapconn.Error
		if err == nil || !errors.As(err, &refused) || !refused.Missing() {
			return d.opened(f, o.name, o.box, err)
		}
		d.askToCreate(o)
	}
	return d.create(o)
}

// create waits until the folder is made, subscribed and selected, and looks for
// other ways where CREATE is refused. One that was not listed, that exists and that
// never held a message was made by the run: by a CREATE whose answer was lost, or by
// this one. Dovecot takes back that it has made a folder when another session comes
// upon it first.
func (d *dest) create(o *opening) (transfer.Mailbox, error) {
	f := o.folder
	refused := d.conn.Wait(o.create)
	subscribed := d.conn.Wait(o.subscribe)
	err := d.conn.Wait(o.sel)
	var notes []string
	var plain *imapconn.Error
	if errors.As(refused, &plain) && plain.Exists() {
		if other, clash := d.tree.Variant(f.Path); clash {
			return transfer.Mailbox{}, &NameError{f.Path, fmt.Errorf("it takes it for %q: %w", strings.Join(other.Path, "/"), refused)}
		}
	}
	if err != nil && refused != nil {
		if plain == nil || plain.Busy() || plain.RetryAfter() > 0 {
			return transfer.Mailbox{}, refused
		}
		if refused = d.createOtherwise(f, o.name, o.use); refused != nil {
			return transfer.Mailbox{}, refused
		}
		if o.use != "" {
			notes = append(notes, fmt.Sprintf("the folder %q could not be marked as %s: %s", f.Name(), f.Role, plain.Text))
		}
		subscribed = d.conn.Wait(d.conn.Queue("SUBSCRIBE ", o.name))
		o.sel, o.box = d.conn.QueueSelect(false, o.name)
		err = d.conn.Wait(o.sel)
	}
	m, err := d.opened(f, o.name, o.box, err)
	if plain != nil && plain.Exists() && m.Next == 1 {
		d.account.made.Store(f.Key(), true)
	}
	var missing *imapconn.Error
	switch {
	case refused == nil && errors.As(err, &missing) && missing.Missing():
		return m, &notYetError{err}
	case err != nil:
		return m, err
	}
	if subscribed != nil {
		notes = append(notes, fmt.Sprintf("the folder %q could not be subscribed: %v", f.Name(), subscribed))
	}
	m.Notes = notes
	d.tree.Learn(imapconn.Folder{Wire: o.name, Path: f.Path, Role: string(f.Role)})
	return m, nil
}

// specialUse is CREATE's parameter for a folder with a role, RFC 6154 section 3.
func (d *dest) specialUse(role transfer.Role) string {
	if role == "" || role == transfer.RoleInbox || !d.conn.Caps.Has("CREATE-SPECIAL-USE") {
		return ""
	}
	return ` (USE (\` + strings.ToUpper(string(role[:1])) + string(role[1:]) + `))`
}

// createOtherwise tries CREATE without a role, then with the parents first. Its
// error is a [NameError] unless the server has trouble of its own.
func (d *dest) createOtherwise(f transfer.Folder, name imapconn.Name, use string) error {
	err := d.conn.Wait(d.queueCreate(f, name, ""))
	if err != nil && len(f.Path) > 1 {
		for n := 1; n < len(f.Path); n++ {
			if parent, bad := d.tree.Wire(f.Path[:n]); bad == nil {
				d.conn.Queue("CREATE ", parent) // refused where it is there
			}
		}
		err = d.conn.Wait(d.queueCreate(f, name, ""))
	}
	var refused *imapconn.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &refused), refused.Type == "BYE", refused.Busy(), refused.Full(), refused.Err != nil:
		return err
	case refused.Exists():
		return nil
	}
	return &NameError{f.Path, err}
}

// opened checks and remembers what SELECT told.
func (d *dest) opened(f transfer.Folder, name imapconn.Name, box *imapconn.Box, err error) (transfer.Mailbox, error) {
	if err != nil {
		return transfer.Mailbox{}, err
	}
	if box.ReadOnly {
		return transfer.Mailbox{}, &readOnlyError{f.Name()}
	}
	if box.Next == 0 {
		if box.Next, err = d.conn.Next(name); err != nil {
			return transfer.Mailbox{}, err
		}
	}
	d.open, d.name, d.box, d.first = f.Key(), name, box, box.Exists
	d.flags = make(map[transfer.Flag]flagFate)
	return transfer.Mailbox{Epoch: epoch(box.Validity), Next: box.Next, Count: box.Exists}, nil
}

// ready selects the folder again if another one is selected.
func (d *dest) ready(f transfer.Folder) error {
	if d.open == f.Key() && d.open != "" {
		return nil
	}
	if d.tree == nil {
		return errors.New("the folder was never opened")
	}
	name, err := d.tree.Wire(f.Path)
	if err != nil {
		return err
	}
	d.open, d.coming = "", nil
	p, box := d.conn.QueueSelect(false, name)
	_, err = d.opened(f, name, box, d.conn.Wait(p))
	return err
}
