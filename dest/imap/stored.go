package imap

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

const identItems = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT TO)])"

// Stored asks which UIDs there are, and then for the headers of those that are
// wanted.
func (d *dest) Stored(ctx context.Context, f transfer.Folder, from uint32, pick func([]transfer.Span) ([]transfer.Span, error)) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		stopped := false
		err := d.conn.Within(ctx, func() error {
			if err := d.ready(f); err != nil {
				return err
			}
			spans, err := d.there(max(from, 1))
			if err == nil && pick != nil {
				spans, err = pick(spans)
			}
			if err != nil || len(spans) == 0 {
				return err
			}
			var unsized error
			err = imapconn.Headers(ctx, d.conn, slices.Collect(transfer.Numbers(spans)), identItems, transfer.Identify, func(_ int, h imapconn.Headed[transfer.Ident]) bool {
				if h.Size < 0 {
					unsized = fmt.Errorf("the server does not tell the size of the message with UID %d", h.UID)
					return false
				}
				m := transfer.Message{UID: h.UID, Size: h.Size, Ident: h.Sum, Date: h.Date, Flags: flagsOf(h.Flags)}
				stopped = !yield(m, nil)
				return !stopped
			})
			return cmp.Or(unsized, err)
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
