package imap

import (
	"context"

	"github.com/mailhaul/mailhaul/internal/imapconn"
)

// Gained implements [transfer.Witness]: servers tell of new messages in the
// selected folder unasked (RFC 3501 section 6.3.11), the others when asked.
func (d *dest) Gained(ctx context.Context, want int) (int, error) {
	gained := func() int { return d.box.Exists + d.box.Expunged - d.first }
	if d.box == nil || gained() >= want {
		return want, nil
	}
	count := gained()
	err := d.conn.Within(ctx, func() error {
		if d.coming != nil && d.coming.noop != nil { // is on its way, and makes the server tell
			err := d.conn.Wait(d.coming.noop)
			if count = gained(); count >= want || imapconn.Refusal(err) == nil && err != nil {
				return err
			}
		}
		if d.open != "" {
			err := d.conn.Wait(d.conn.Queue("NOOP"))
			count = gained()
			return err
		}
		there, err := d.conn.Messages(d.name) // another folder is selected already
		count = there + d.box.Expunged - d.first
		return err
	})
	return count, err
}
