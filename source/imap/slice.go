package imap

import (
	"cmp"
	"slices"
	"time"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// maxSlice is how many messages of one piece are kept, and maxSliceFlags how many
// flags they may have in all: the UIDs of a folder may be spread so unevenly that
// a piece has many more than listPiece, and servers have been known to repeat
// themselves. A piece with more is asked for again in smaller ones.
const (
	maxSlice      = 4 * listPiece
	maxSliceFlags = 250_000
)

// slice is one piece of the list.
type slice struct {
	flags    int
	over     bool // more came than is kept
	ps       []*imapconn.Pending
	from, to uint32 // to is 0 for the end of the folder
	old      uint32 // lower ones are listed briefly
	wide     bool   // all of these are in it, however many
	ms       []transfer.Message
	texts    *imapconn.Texts // asked for behind it
	rising   int             // how many were told in their order, with their size
	top      uint32          // the highest of them
	present  transfer.Roll   // UIDs that are there, whatever else is told of them
}

// take keeps what lies in the piece: "from:*" names the last message even below from.
func (sl *slice) take(it *imapconn.Item) {
	if it.UID < sl.from || (sl.to > 0 && it.UID > sl.to) || (!it.HasFlags && it.Size < 0) {
		return
	}
	sl.flags += len(it.Flags)
	if it.UID > sl.top && it.Size >= 0 {
		sl.top = it.UID
		sl.rising++
	}
	m := transfer.Message{UID: it.UID, Date: it.Date, Flags: flags(it.Flags), Size: it.Size}
	if it.UID < sl.old && it.Size < 0 {
		m.Brief, m.Date = transfer.Undated, time.Time{}
	}
	sl.keep(m)
}

func (sl *slice) keep(m transfer.Message) {
	if sl.full() {
		return
	}
	m.ID = transfer.ID(m.UID)
	sl.ms = append(sl.ms, m)
}

// full reports whether no more is kept.
func (sl *slice) full() bool {
	if sl.over = sl.over || len(sl.ms)+sl.present.Parts() >= maxSlice || sl.flags > maxSliceFlags; sl.over {
		sl.ms, sl.present = nil, transfer.Roll{}
	}
	return sl.over
}

// wait waits for all of the piece. An error that is no refusal ends the session.
func (sl *slice) wait(c *imapconn.Conn) error { return c.WaitAll(sl.ps...) }

// limited reports whether the server has cut the piece short, RFC 9738.
func (sl *slice) limited() bool {
	return slices.ContainsFunc(sl.ps, func(p *imapconn.Pending) bool { return p.Reply.Code == "MESSAGELIMIT" })
}

// sorted are the messages in order, whatever the server's was. Of two replies for
// one message (a change of flags comes unasked) the one that tells the size is first.
func (sl *slice) sorted() []transfer.Message {
	sl.nameUnchanged()
	slices.SortStableFunc(sl.ms, func(a, b transfer.Message) int {
		return cmp.Or(cmp.Compare(a.UID, b.UID), -cmp.Compare(min(a.Size, 0), min(b.Size, 0)), cmp.Compare(a.Brief, b.Brief))
	})
	return sl.ms
}
