package imap

import (
	"context"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// opening is a folder that the server was asked to select, and to make before if
// it is missing, in one write.
type opening struct {
	folder            transfer.Folder
	name              imapconn.Name
	use               string            // CREATE's parameter
	create, subscribe *imapconn.Pending // nil where the folder is there
	sel               *imapconn.Pending
	box               *imapconn.Box
	noop              *imapconn.Pending // went before, see Gained
}

// know makes sure that the session knows the folders.
func (d *dest) know(ctx context.Context) (err error) {
	if d.tree == nil {
		d.tree = d.account.tree.Load().Clone()
	}
	if d.tree == nil {
		d.tree, err = d.conn.Folders(ctx, false)
	}
	return err
}

// Foresee implements [transfer.Foresighted].
func (d *dest) Foresee(next func() (transfer.Folder, bool)) { d.foresee = next }

// ahead asks for the next folder behind the last letters of this one. It runs in
// the writing goroutine. The server then selects it when it has stored them.
func (d *dest) ahead() error {
	if d.foresee == nil {
		return nil
	}
	f, ok := d.foresee()
	if !ok || f.Key() == d.open {
		return nil
	}
	noop := d.conn.Queue("NOOP")
	o, err := d.ask(f)
	if err != nil {
		return nil // Open will tell
	}
	o.noop = noop
	d.coming = o
	return d.conn.Flush()
}

// ask queues what opens the folder.
func (d *dest) ask(f transfer.Folder) (*opening, error) {
	o := &opening{folder: f}
	var err error
	if o.name, err = d.tree.Wire(f.Path); err != nil {
		return nil, &NameError{f.Path, err}
	}
	d.open = "" // as soon as the server gets it
	if _, there := d.tree.Lookup(f.Path); !there {
		d.askToCreate(o)
		return o, nil
	}
	o.sel, o.box = d.conn.QueueSelect(false, o.name)
	return o, nil
}

// queueCreate asks for a folder, and has the account remember it should it be made:
// Open may come to it later, or another session's after this one broke.
func (d *dest) queueCreate(f transfer.Folder, name imapconn.Name, use string) *imapconn.Pending {
	return d.conn.QueueCreate(name, use, func() { d.account.made.Store(f.Key(), true) })
}

func (d *dest) askToCreate(o *opening) {
	o.use = d.specialUse(o.folder.Role)
	o.create = d.queueCreate(o.folder, o.name, o.use)
	o.subscribe = d.conn.Queue("SUBSCRIBE ", o.name)
	o.sel, o.box = d.conn.QueueSelect(false, o.name)
}
