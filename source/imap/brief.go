package imap

import (
	"context"
	"fmt"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// A folder of a million messages, of which one is new, would take 100 MB to list.
// What was there at [transfer.Folder.Since] has UIDs below the UIDNEXT of then, for
// ever (RFC 3501 section 2.3.1.1). Of these the server tells
//
//	with CONDSTORE   which are there, as spans, and those whose MODSEQ has risen
//	without          FLAGS
//
// in the same round trip as what is new. The last ones of them are listed like the
// new ones: a server that was restored from a backup may have given their UIDs to
// others.

// flagItems are asked for where dates and sizes are known.
const flagItems = "(UID FLAGS)"

// witnesses is how many messages that were there are listed in full, about.
const witnesses = 32

// mark is what a folder's State or Mark says.
type mark struct {
	validity, next uint32
	messages       int
	modSeq         uint64 // 0: the server has no CONDSTORE
}

func standing(s imapconn.Status) mark { return mark{s.Validity, s.Next, s.Messages, s.ModSeq} }

func (m mark) String() string {
	return fmt.Sprintf("%d/%d/%d/%d", m.validity, m.next, m.messages, m.modSeq)
}

// readMark is the zero mark for what is none.
func readMark(text string) (m mark) {
	n, err := fmt.Sscanf(text, "%d/%d/%d/%d", &m.validity, &m.next, &m.messages, &m.modSeq)
	if n < 4 || err != nil || m.String() != text {
		return mark{}
	}
	return m
}

// follows reports whether a folder that stood at m can have come to now. Of a
// server that counts backwards nobody knows what it has lost.
func (m mark) follows(now mark) bool {
	return m.next > 0 && m.validity == now.validity && m.next <= now.next && (m.modSeq == 0 || m.modSeq <= now.modSeq)
}

// briefly is how a folder is listed: UIDs below old only by what has changed.
type briefly struct {
	old  uint32
	then mark
}

// brief finds out what a list of f may leave out, by what the server told of the
// folder when it listed all.
func (s *Source) brief(f transfer.Folder, found imapconn.Folder) briefly {
	then := readMark(f.Since)
	if s.wordy || !found.Known || !then.follows(standing(found.Status)) {
		return briefly{}
	}
	tail := uint64(witnesses) * uint64(then.next) / uint64(max(then.messages, 1))
	if tail = max(tail, witnesses); tail+1 >= uint64(then.next) {
		return briefly{}
	}
	return briefly{old: then.next - uint32(tail), then: then}
}

// recall is brief for a folder that is open.
func (l *lister) recall(ctx context.Context) error {
	found, err := l.s.find(ctx, l.folder)
	if err == nil {
		l.briefly = l.s.brief(l.folder, found)
	}
	return err
}

// agreed looks whether the open folder is as it was told, and follows what was
// there before; if not, it is listed whole.
func (l *lister) agreed() error {
	box := l.s.box
	now := mark{box.Validity, box.Next, box.Exists, box.ModSeq}
	if l.old == 0 || l.then.follows(now) {
		return nil
	}
	if l.due != nil {
		l.from = l.due.from
		if err := l.due.wait(l.s.conn); err != nil && imapconn.Refusal(err) == nil {
			return err
		}
	}
	l.due, l.briefly = nil, briefly{}
	return nil
}

// queue asks for a piece. All its replies go into the one slice, in whatever
// order a server gives them; those before begun are none.
func (l *lister) queue(sl *slice, begun func() bool) {
	c, full := l.s.conn, sl.from
	take := func(it *imapconn.Item) {
		if begun() {
			sl.take(it)
		}
	}
	fetch := func(from, to uint32, items string) {
		sl.ps = append(sl.ps, c.QueueFetch(imapconn.Span(from, to), items, take))
	}
	if sl.from < sl.old {
		full = sl.old
		last := sl.old - 1
		if sl.to > 0 {
			last = min(last, sl.to)
		}
		if l.then.modSeq > 0 {
			sl.ps = append(sl.ps, c.QueuePresent(sl.from, last, func(low, high uint32) {
				if begun() {
					sl.there(max(low, sl.from), min(high, last))
				}
			}))
			fetch(sl.from, last, listItems+imapconn.ChangedSince(l.then.modSeq))
		} else {
			fetch(sl.from, last, flagItems)
		}
	}
	switch {
	case l.withTexts(sl):
		var list *imapconn.Pending
		list, sl.texts = c.QueueTexts(listItems, take)
		sl.ps = append(sl.ps, list)
	case sl.to == 0 || full <= sl.to:
		fetch(full, sl.to, listItems)
	}
}

// there takes UIDs of messages that are there.
func (sl *slice) there(low, high uint32) {
	if low <= high && !sl.full() {
		sl.present.AddSpan(transfer.Span{Low: low, High: high})
	}
}

// nameUnchanged lists those that are there and of which nothing else is told.
func (sl *slice) nameUnchanged() {
	var told transfer.Roll
	for _, m := range sl.ms {
		told.AddSpan(transfer.Span{Low: m.UID, High: m.UID})
	}
	for _, s := range transfer.Less(sl.present.Spans(), told.Spans()) {
		m := transfer.Message{ID: transfer.ID(s.Low), UID: s.Low, Size: -1, Brief: transfer.Unchanged, Upto: s.High}
		if s.Count() == 1 {
			m.Upto = 0
		}
		sl.ms = append(sl.ms, m)
	}
}
