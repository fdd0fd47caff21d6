package imap

import (
	"context"
	"fmt"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

var (
	_ transfer.Examiner   = (*dest)(nil)
	_ transfer.Foreteller = (*dest)(nil)
)

// Examine opens a folder that is there with EXAMINE: Stored and Read work on it,
// and nothing is changed, not even what is \Recent.
func (d *dest) Examine(ctx context.Context, f transfer.Folder) (box transfer.Mailbox, err error) {
	err = d.conn.Within(ctx, func() (err error) {
		if err := d.know(ctx); err != nil {
			return err
		}
		name, err := d.tree.Wire(f.Path)
		if err != nil {
			return err
		}
		d.open, d.coming = "", nil
		p, selected := d.conn.QueueSelect(true, name)
		err = d.conn.Wait(p)
		selected.ReadOnly = false // as it has to be, and no fault of the folder
		box, err = d.opened(f, name, selected, err)
		return err
	})
	if err != nil {
		return transfer.Mailbox{}, fmt.Errorf("opening %q to read: %w", f.Name(), err)
	}
	return box, nil
}

// Foretell asks for the quota, and what INBOX does with keywords: the other
// folders do the same, as far as anybody knows.
func (d *dest) Foretell(ctx context.Context, keywords []transfer.Flag) (transfer.Forecast, error) {
	told := transfer.Forecast{Earliest: earliest, Latest: latest}
	err := d.conn.Within(ctx, func() error {
		if len(keywords) > 0 {
			fates, err := d.fates(keywords)
			told.Keywords = fates
			return err
		}
		resources, err := d.conn.Quota("INBOX")
		if err != nil && imapconn.Refusal(err) == nil {
			return err
		}
		told.Quotas = quotas(resources)
		return nil
	})
	if err != nil {
		return transfer.Forecast{}, fmt.Errorf("asking what the destination takes: %w", err)
	}
	return told, nil
}

// quotas are those of the resources that mail counts for.
func quotas(resources []imapconn.Resource) (all []transfer.Quota) {
	const most = 1 << 50
	for _, r := range resources {
		q := transfer.Quota{Name: r.Root, Used: int64(min(r.Used, most)), Limit: int64(min(r.Limit, most))}
		switch r.Name {
		case "STORAGE": // in units of 1024 bytes, RFC 9208 section 5.1
			q.Used, q.Limit = q.Used<<10, q.Limit<<10
		case "MESSAGE":
			q.Messages = true
		default:
			continue
		}
		all = append(all, q)
	}
	return all
}

// fates tells what would become of keywords, for those that would not stay as
// they are. EXAMINE does not always tell: Dovecot answers that no flag can be
// changed. SELECT does, and changes nothing in a folder where nothing is \Recent.
func (d *dest) fates(keywords []transfer.Flag) (map[transfer.Flag]string, error) {
	d.open, d.coming = "", nil
	p, box := d.conn.QueueSelect(true, "INBOX")
	err := d.conn.Wait(p)
	if err == nil && len(box.Permanent) == 0 && !box.AnyKeyword {
		var recent uint64
		if recent, err = d.conn.Recent("INBOX"); err == nil && recent == 0 {
			p, box = d.conn.QueueSelect(false, "INBOX")
			err = d.conn.Wait(p)
		} else {
			box = &imapconn.Box{} // says nothing: all is taken
		}
	}
	switch {
	case err != nil && imapconn.Refusal(err) == nil:
		return nil, err
	case err != nil:
		box = &imapconn.Box{}
	}
	fates := map[transfer.Flag]string{}
	judge := &dest{box: box}
	for _, f := range keywords {
		if fate := judge.judge(f); fate.note != "" {
			fates[f] = fate.note
		}
	}
	return fates, nil
}
