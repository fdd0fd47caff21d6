package imap

import (
	"context"
	"fmt"
	"iter"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

const identItems = "(UID FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT TO)])"

// Stored asks for UIDs and sizes first, then for the headers of those that are
// not known.
func (d *dest) Stored(ctx context.Context, f transfer.Folder, from uint32, known func(uid uint32) bool) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		stopped := false
		err := d.conn.Within(ctx, func() error {
			if err := d.ready(f); err != nil {
				return err
			}
			uids, sizes, err := d.sizes(max(from, 1), known)
			if err != nil || len(uids) == 0 {
				return err
			}
			return imapconn.Headers(ctx, d.conn, uids, identItems, transfer.Identify, func(i int, h imapconn.Headed[transfer.Ident]) bool {
				m := transfer.Message{UID: h.UID, Size: sizes[i], Ident: h.Sum, Date: h.Date, Flags: flagsOf(h.Flags)}
				stopped = !yield(m, nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			yield(transfer.Message{}, fmt.Errorf("looking into %q: %w", f.Name(), err))
		}
	}
}

// Read streams messages of the open folder.
func (d *dest) Read(ctx context.Context, f transfer.Folder, uids []uint32) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		stopped := false
		err := d.conn.Within(ctx, func() error {
			if len(uids) == 0 {
				return nil
			}
			if err := d.ready(f); err != nil {
				return err
			}
			wants := make([]imapconn.Want, len(uids))
			for i, uid := range uids {
				wants[i] = imapconn.Want{UID: uid, Size: -1}
			}
			return d.conn.Bodies(ctx, wants, func(b imapconn.Body) bool {
				stopped = !yield(read(uids[b.Index], b), nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			yield(transfer.Fetched{}, fmt.Errorf("reading from %q: %w", f.Name(), err))
		}
	}
}

func read(uid uint32, b imapconn.Body) transfer.Fetched {
	x := transfer.Fetched{Message: transfer.Message{UID: uid, Size: b.Size, Date: b.Date}}
	switch {
	case b.Gone:
		x.Size, x.Err = -1, transfer.ErrVanished
	case b.Err != nil:
		x.Size, x.Err = -1, b.Err
	default:
		x.Body = b.Body
		x.Flags = flagsOf(b.Flags)
	}
	return x
}

func flagsOf(names []string) []transfer.Flag {
	var flags []transfer.Flag
	for _, name := range names {
		flags = append(flags, transfer.Flag(name))
	}
	return flags
}
