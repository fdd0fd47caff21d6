package imapconn

// Early are the texts of a whole folder, asked for behind its list: a round trip
// before anybody knows its UIDs. What is not taken by [Conn.BodiesThen] is skipped
// as it comes.
type Early struct {
	p    *Pending
	bulk *bulk // who takes them, nil if nobody does yet
}

// Hasty reports whether a folder is so small that its texts may be asked for
// before they are known to be wanted.
func Hasty(s Status) bool {
	return s.Messages > 0 && s.Messages <= pieceAhead*pieceCount && s.Size >= 0 && s.Size <= pieceAhead*pieceBytes
}

// Leave lets a command take no more replies; whoever reads next sees its end.
// Dovecot says that a list is over only when the texts behind it are, and gives
// both their texts.
func (c *Conn) Leave(p *Pending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.take = nil
}

// QueueEarly asks for all texts of the folder that is selected or about to be.
func (c *Conn) QueueEarly() *Early {
	e := &Early{}
	e.p = c.queueFetch(Span(1, 0), bodyItems, func(it *Item, l *Literal) error {
		if e.bulk == nil {
			return nil
		}
		return e.bulk.body(it, l)
	}, func(it *Item) error {
		if e.bulk == nil {
			return nil
		}
		return e.bulk.named(it)
	})
	return e
}

// adopt takes what is on its way for the first wants.
func (b *bulk) adopt(e *Early) {
	if e == nil || e.p.Done() {
		return
	}
	from := b.next
	for b.next < len(b.wants) && b.next-from < pieceAhead*pieceCount {
		at := b.next
		if b.piece(); b.next == at {
			break
		}
	}
	if b.next > from {
		e.bulk = b
		b.pieces = append(b.pieces, piece{e.p, from, b.next})
	}
}
