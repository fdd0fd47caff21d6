package imap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

const identItems = "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT TO)])"

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
			return d.conn.Headers(ctx, uids, identItems, func(i int, it *imapconn.Item) bool {
				m := transfer.Message{UID: it.UID, Size: sizes[i], Ident: transfer.Identify(it.Header)}
				stopped = !yield(m, nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			yield(transfer.Message{}, fmt.Errorf("looking into %q: %w", f.Name(), err))
		}
	}
}

// sizes lists UIDs and sizes from that UID on. NOOP first makes the server look
// for what other sessions have added. "from:*" names the last message even if
// it is below from.
func (d *dest) sizes(from uint32, known func(uint32) bool) (uids []uint32, sizes []int64, err error) {
	noop := d.conn.Queue("NOOP")
	type stored struct {
		uid  uint32
		size int64
	}
	var found []stored
	p := d.conn.QueueFetch(imapconn.Span(from, 0), "(UID RFC822.SIZE)", func(it *imapconn.Item) {
		if it.UID >= from && it.Size >= 0 && !known(it.UID) {
			found = append(found, stored{it.UID, it.Size})
		}
	})
	if err := d.conn.Wait(noop); err != nil {
		return nil, nil, err
	}
	if err := d.conn.Wait(p); err != nil && !d.empty(err) {
		return nil, nil, err
	}
	slices.SortFunc(found, func(a, b stored) int { return cmp.Compare(a.uid, b.uid) })
	found = slices.CompactFunc(found, func(a, b stored) bool { return a.uid == b.uid })
	for _, m := range found {
		uids, sizes = append(uids, m.uid), append(sizes, m.size)
	}
	return uids, sizes, nil
}

// empty reports whether a FETCH was refused for want of any message: some
// servers do not take "*" in an empty folder.
func (d *dest) empty(err error) bool {
	var e *imapconn.Error
	return errors.As(err, &e) && e.Type == "BAD" && d.box.Exists == 0
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
		for _, name := range b.Flags {
			x.Flags = append(x.Flags, transfer.Flag(name))
		}
	}
	return x
}
