package imap

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// Unmake implements [transfer.Unmaker]: LIST and STATUS in one write, and DELETE only
// if they tell that nothing is in the folder, and nothing of somebody else ever was.
// IMAP has no DELETE that looks by itself (RFC 9051, section 6.3.5), so what comes
// in between goes with it.
func (d uidplusDest) Unmake(ctx context.Context, f transfer.Folder, validity string, next uint32) (removed bool, why string, err error) {
	err = d.conn.Within(ctx, func() error {
		if err := d.know(ctx); err != nil {
			return err
		}
		name, err := d.tree.Wire(f.Path)
		if err == nil && (name == "INBOX" || len(f.Path) == 0) {
			err = errors.New("INBOX is never removed")
		}
		if err == nil {
			err = d.leave()
		}
		if err != nil {
			return err
		}
		v, err := d.conn.Vacant(name, d.tree.Delimiter)
		if err == nil {
			if why = inUse(v, validity, next); why != "" || !v.There {
				return nil
			}
			err = d.conn.Wait(d.conn.Queue("DELETE ", name))
		}
		if refused := imapconn.Refusal(err); refused != nil {
			why = fmt.Sprintf("the destination answered: %v", refused)
			return nil
		}
		if err != nil {
			return err
		}
		removed = true
		if err := d.conn.Wait(d.conn.Queue("UNSUBSCRIBE ", name)); err != nil && imapconn.Refusal(err) == nil {
			return err
		}
		return nil
	})
	if err != nil {
		return false, "", fmt.Errorf("removing the folder %q: %w", f.Name(), err)
	}
	return removed, why, nil
}

// leave selects INBOX: a folder that is selected is not to be asked about, and not
// to be removed.
func (d *dest) leave() error {
	d.open, d.coming = "", nil
	p, _ := d.conn.QueueSelect(true, "INBOX")
	return d.conn.Wait(p)
}

// inUse is why a folder stays, "" if it may go. One without an epoch came with one
// below it: nobody but runs ever put anything into it.
func inUse(v imapconn.Vacancy, validity string, next uint32) string {
	if validity == "" {
		next = max(next, 1)
	}
	switch {
	case !v.There:
		return ""
	case v.Below > 0:
		return "there are folders below it"
	case !v.Mail && validity == "":
		return ""
	case !v.Known || v.Validity == 0 || v.Next == 0:
		return "the destination does not tell what is in it"
	case validity != "" && epoch(v.Validity) != validity:
		return "it was made anew since"
	case v.Messages > 0:
		return "mail is in it"
	case v.Next > next:
		return "others have put mail into it"
	}
	return ""
}
