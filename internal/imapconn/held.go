package imapconn

import (
	"io"
)

// body takes the text of a message as it comes.
func (b *bulk) body(it *Item, l *Literal) error {
	if b.stopped {
		b.lost = true
		return nil
	}
	if l.Size() == 0 && it.Size > 0 {
		return nil
	}
	if most := b.most(it); l.Size() > most {
		return malformed("a text of %d bytes for a message that it says has %d", l.Size(), (most-moreUntrue)/maxUntrue)
	}
	arrived := Body{Flags: it.Flags, HasFlags: it.HasFlags, Date: it.Date, Body: l, Size: l.Size()}
	if it.UID == 0 {
		if len(b.index) != 1 || b.others { // it may be any, or none of those
			return b.keepAnonymous(arrived, l)
		}
		it.UID = b.wants[b.head].UID
	}
	i, wanted := b.index[it.UID]
	if !wanted {
		return nil
	}
	if i == b.head {
		delete(b.index, it.UID)
		b.hand(arrived)
		if l.err != nil {
			return l.err
		}
		return nil
	}
	return b.hold(i, arrived, l)
}

// most is how long the text of a message may be, going by what the server says
// of its size.
func (b *bulk) most(it *Item) int64 {
	size := it.Size
	if i, wanted := b.index[it.UID]; wanted {
		size = max(size, b.wants[i].Size)
	}
	if size < 0 {
		return maxBody
	}
	return size*maxUntrue + moreUntrue
}

// hold keeps an answer for its turn. If that were too much it is forgotten, and
// asked for again.
func (b *bulk) hold(i int, arrived Body, l *Literal) error {
	if b.heldBytes+l.Size() > maxHeld {
		return nil
	}
	if err := arrived.load(l); err != nil {
		return err
	}
	b.heldBytes += arrived.Size
	b.held[i] = arrived
	delete(b.index, b.wants[i].UID)
	return nil
}

// load moves a body into memory.
func (body *Body) load(l *Literal) error {
	text := make([]byte, l.Size())
	if _, err := io.ReadFull(l, text); err != nil {
		return cutShort(err)
	}
	if err := l.boundary(); err != nil {
		return err
	}
	body.Flags = append([]string(nil), body.Flags...)
	body.Body = &memory{text}
	return nil
}

// keepAnonymous is for servers that tell the UID after the text.
func (b *bulk) keepAnonymous(arrived Body, l *Literal) error {
	if l.Size() > maxHeld {
		return nil
	}
	if err := arrived.load(l); err != nil {
		return err
	}
	b.anonymous = &arrived
	return nil
}

// named is called at the end of each FETCH reply.
func (b *bulk) named(it *Item) error {
	arrived := b.anonymous
	b.anonymous = nil
	if arrived != nil && !b.stopped {
		i, wanted := b.index[it.UID]
		fits := i == b.head || b.heldBytes+arrived.Size <= maxHeld
		if wanted && fits && (arrived.Size > 0 || it.Size <= 0) {
			delete(b.index, it.UID)
			b.held[i] = *arrived
			b.heldBytes += arrived.Size
		} else if err := b.c.in.skip(arrived.Size); err != nil {
			return err
		}
	}
	b.advance()
	return nil
}

// hand gives the head of the line to the caller.
func (b *bulk) hand(body Body) {
	body.Index = b.head
	if body.Body != nil {
		b.c.in.noise = noise{} // it gets on
	}
	b.head++
	if !b.stopped && !b.yield(body) {
		b.stopped = true
	}
}

// advance hands out what was waiting for its turn.
func (b *bulk) advance() {
	for {
		body, ok := b.held[b.head]
		if !ok {
			return
		}
		delete(b.held, b.head)
		b.heldBytes -= body.Size
		b.hand(body)
	}
}
