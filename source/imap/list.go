package imap

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// listPiece is how many messages one command of List asks for, about.
const listPiece = 4096

const listItems = "(UID FLAGS INTERNALDATE RFC822.SIZE)"

// List yields the folder's messages in rising order of UID. The next piece is
// on its way while one is handed out; stopping early reads that one, and keeps it
// for who asks for what comes after. It is brief of what was there at f.Since (brief.go).
func (s *Source) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		stopped := false
		err := s.conn.Within(ctx, func() error {
			l, err := s.begin(ctx, f, after)
			if err != nil {
				return err
			}
			return l.run(func(m transfer.Message) bool {
				stopped = !yield(m, nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			yield(transfer.Message{}, fmt.Errorf("listing %q: %w", f.Name(), err))
		}
	}
}

// lister walks through the UIDs of one folder.
type lister struct {
	s       *Source
	from    uint32 // the next UID to ask for; 0 when all were
	last    uint32 // no UID is higher
	step    uint32 // how many UIDs make a piece
	tight   bool   // that holds for old ones, too, of which too much has changed
	folder  transfer.Folder
	examine *imapconn.Pending // that opens it
	box     *imapconn.Box
	due     *slice             // on its way, one at a time: servers may answer two side by side
	rest    []transfer.Message // of the piece before, not handed out yet
	at      uint32             // the last UID that was handed out
	briefly
}

// begin makes a lister and opens the folder, together with the first piece
// where what Folders told is enough to size it.
func (s *Source) begin(ctx context.Context, f transfer.Folder, after string) (*lister, error) {
	from, ok := uid(after)
	if !ok && after != "" {
		return nil, fmt.Errorf("%q is no UID", after)
	}
	if l := s.resumed(f, from); l != nil {
		return l, nil
	}
	l := &lister{s: s, from: from + 1, folder: f} // 0 after the highest UID there can be
	if after == "" || !s.isOpen(f) {
		if c := s.coming; after == "" && c != nil && c.folder.Key() == f.Key() && c.folder.Since == f.Since {
			l = c
		} else if err := l.open(ctx); err != nil {
			return nil, err
		}
		if err := l.opened(f); err != nil {
			return nil, err
		}
	} else if err := l.recall(ctx); err != nil {
		return nil, err
	}
	if err := l.agreed(); err != nil {
		return nil, err
	}
	if s.box.Exists == 0 {
		l.from = 0
	}
	return l, l.size(s.box.Exists, s.box.Next)
}

// resumed is the list that was left after that UID, if the folder is open still.
func (s *Source) resumed(f transfer.Folder, after uint32) *lister {
	l := s.left
	s.left = nil
	if l == nil || after == 0 || l.at != after || s.open != f.Key() || s.epoch != f.Epoch || l.folder.Key() != f.Key() || l.folder.Since != f.Since {
		return nil
	}
	return l
}

// open asks for the folder to be opened, and for its first piece.
func (l *lister) open(ctx context.Context) error {
	found, err := l.s.find(ctx, l.folder)
	if err != nil {
		return err
	}
	l.briefly = l.s.brief(l.folder, found)
	l.examine = l.s.queueExamine(found.Wire)
	l.box = l.s.box
	if found.Messages > 0 && found.Next > 0 {
		if err := l.size(found.Messages, found.Next); err != nil {
			return err
		}
		l.ask(l.examine)
	}
	return nil
}

// opened waits for that.
func (l *lister) opened(f transfer.Folder) error {
	l.s.coming, l.s.box = nil, l.box
	if err := l.s.examined(f, l.s.conn.Wait(l.examine)); err != nil {
		if l.due != nil {
			_ = l.due.wait(l.s.conn) // cannot succeed without the folder
		}
		return err
	}
	return nil
}

// size finds the step: so many UIDs that a piece has about listPiece messages.
func (l *lister) size(count int, next uint32) error {
	if next == 0 && count > 0 {
		top := l.s.conn.QueueFetch("*", "(UID)", func(it *imapconn.Item) { next = max(next, it.UID+1) })
		if err := l.s.conn.Wait(top); err != nil {
			return err
		}
	}
	l.last = max(next, 1) - 1
	piece := uint64(listPiece)
	if limit := l.s.conn.Caps.MessageLimit(); limit > 0 {
		piece = min(piece, uint64(limit))
	}
	step := piece * uint64(l.last) / max(uint64(count), 1)
	if uint64(count) <= piece {
		step = math.MaxUint32
	}
	l.step = uint32(min(max(step, piece), math.MaxUint32))
	return nil
}

// ask queues the next piece. Replies before opened is done belong to the folder
// before, and are none.
func (l *lister) ask(opened *imapconn.Pending) {
	sl := &slice{from: l.from, old: l.old, wide: l.from < l.old && l.then.modSeq > 0 && !l.tight}
	next := uint64(l.from) + uint64(l.step)
	if sl.wide {
		next = uint64(l.old) + uint64(l.step)
	}
	if next > uint64(l.last) {
		l.from = 0
	} else {
		sl.to, l.from = uint32(next)-1, uint32(next)
	}
	l.queue(sl, func() bool { return opened == nil || opened.Done() })
	l.due = sl
}

// run hands out piece after piece.
func (l *lister) run(yield func(transfer.Message) bool) error {
	if !l.hand(yield) {
		return l.stop()
	}
	for l.due != nil || l.from > 0 {
		if l.due == nil {
			l.ask(nil)
		}
		sl := l.due
		l.due = nil
		err := l.await(sl)
		switch {
		case err != nil && sl.from < sl.old && imapconn.Refusal(err) != nil:
			l.s.wordy = true
			l.from, l.briefly = sl.from, briefly{}
			continue
		case err != nil:
			return err
		case sl.wide && (sl.limited() || sl.over):
			l.from, l.tight = sl.from, true
			continue
		case sl.limited() && l.step > 1, sl.over && l.step > 64:
			l.from, l.step = sl.from, max(min(l.step, l.last)/2, 1)
			continue
		case sl.over:
			return fmt.Errorf("the server lists more than %d messages for %d UIDs", maxSlice, l.step)
		}
		if l.from > 0 {
			l.ask(nil)
			if err := l.s.conn.Flush(); err != nil {
				return err
			}
		}
		if l.rest = sl.sorted(); !l.hand(yield) {
			return l.stop()
		}
	}
	return nil
}

// hand yields the rest of a piece, each message once.
func (l *lister) hand(yield func(transfer.Message) bool) bool {
	for len(l.rest) > 0 {
		m := l.rest[0]
		l.rest = l.rest[1:]
		if m.UID == l.at {
			continue
		}
		l.at = max(m.UID, m.Upto)
		m.UID = 0 // that is for messages at a destination
		if !yield(m) {
			return false
		}
	}
	l.rest = nil
	return true
}

// stop reads the piece that is on its way, so that the session can go on. That it
// was refused shows when it is used.
func (l *lister) stop() error {
	if l.due != nil {
		if err := l.due.wait(l.s.conn); err != nil && imapconn.Refusal(err) == nil {
			return err
		}
	}
	l.s.left = l
	return nil
}
