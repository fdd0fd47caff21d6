package imap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// Remove takes back single messages: UID EXPUNGE touches no other, even if it
// is marked \Deleted (RFC 4315).
func (d uidplusDest) Remove(ctx context.Context, f transfer.Folder, uids []uint32) error {
	err := d.conn.Within(ctx, func() error {
		if err := d.ready(f); err != nil {
			return err
		}
		for len(uids) > 0 {
			set, n := imapconn.Set(uids)
			mark := d.conn.Queue("UID STORE ", set, ` +FLAGS.SILENT (\Deleted)`)
			expunge := d.conn.Queue("UID EXPUNGE ", set)
			if err := d.conn.WaitAll(mark, expunge); err != nil {
				return err
			}
			uids = uids[n:]
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("removing from %q: %w", f.Name(), err)
	}
	return nil
}

// Reflag changes flags, equal changes together. Flags that the folder cannot
// keep or that the server refuses are left out, like those of letters.
func (d *dest) Reflag(ctx context.Context, f transfer.Folder, changes []transfer.Reflag) (notes []string, err error) {
	err = d.conn.Within(ctx, func() error {
		if err := d.ready(f); err != nil {
			return err
		}
		var todo []*store
		todo, notes = d.stores(changes)
		for _, s := range todo {
			more, err := d.store(s.how, s.flags, s.uids)
			notes = append(notes, more...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return notes, fmt.Errorf("changing flags in %q: %w", f.Name(), err)
	}
	return notes, nil
}

// store is one change for many messages.
type store struct {
	how   string // +FLAGS.SILENT or -FLAGS.SILENT
	flags []string
	uids  []uint32
}

// stores groups the changes; notes tell which flags this folder does not keep.
func (d *dest) stores(changes []transfer.Reflag) (out []*store, notes []string) {
	byKey := make(map[string]*store)
	add := func(how string, flags []transfer.Flag, uid uint32) {
		names, dropped := d.flagsFor(flags)
		notes = append(notes, dropped...)
		if len(names) == 0 || uid == 0 {
			return
		}
		slices.Sort(names)
		key := how + strings.Join(names, " ")
		s := byKey[key]
		if s == nil {
			s = &store{how: how, flags: names}
			byKey[key] = s
			out = append(out, s)
		}
		s.uids = append(s.uids, uid)
	}
	for _, c := range changes {
		add("+FLAGS.SILENT", c.Add, c.UID)
		add("-FLAGS.SILENT", c.Drop, c.UID)
	}
	return out, notes
}

// store sends one change. If the server refuses several flags at once, each is
// tried alone. notes tell those that it does not take.
func (d *dest) store(how string, flags []string, uids []uint32) (notes []string, err error) {
	for len(uids) > 0 {
		set, n := imapconn.Set(uids)
		err := d.conn.Wait(d.conn.Queue("UID STORE ", set, " ", how, " (", strings.Join(flags, " "), ")"))
		switch {
		case err == nil:
		case imapconn.Refusal(err) == nil:
			return notes, err
		case len(flags) > 1:
			for _, f := range flags {
				more, err := d.store(how, []string{f}, uids[:n])
				if notes = append(notes, more...); err != nil {
					return notes, err
				}
			}
		default:
			more, err := d.refused(how, flags[0], uids[:n])
			if notes = append(notes, more...); err != nil {
				return notes, err
			}
		}
		uids = uids[n:]
	}
	return notes, nil
}

// refused looks for the reason of a refusal. If a message is gone (RFC 2180
// section 4.2), the others get the flag; else the folder does not take the flag,
// and it is dropped, as APPEND would, for all that follows.
func (d *dest) refused(how, flag string, uids []uint32) (notes []string, err error) {
	exists, err := d.conn.Exist(uids)
	if err != nil {
		return nil, err
	}
	left := slices.DeleteFunc(slices.Clone(uids), func(uid uint32) bool { return !exists[uid] })
	if len(left) < len(uids) {
		return d.store(how, []string{flag}, left)
	}
	return []string{d.ban(flag)}, nil
}
