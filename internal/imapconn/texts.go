package imapconn

import "context"

// Texts is a request for all texts of a folder that goes out before anybody knows
// which there are, behind the one that lists them. Until [Texts.BodiesThen] is
// called, what comes of it is read and thrown away.
type Texts struct {
	b *bulk
	p *Pending
}

// QueueTexts is [Conn.QueueFetch] for all messages, with such a request behind it.
// The caller knows that the folder is small: it is one command. Servers may end the
// list only after the texts (Dovecot does).
func (c *Conn) QueueTexts(items string, each func(*Item)) (list *Pending, t *Texts) {
	b := &bulk{c: c, stopped: true}
	list = c.queueFetch("1:*", items, b.body, func(it *Item) error {
		if it.HasBody {
			return b.named(it)
		}
		if it.UID != 0 {
			each(it)
		}
		return nil
	})
	return list, &Texts{b, c.queueFetch("1:*", bodyItems, b.body, b.named)}
}

// Lost reports whether some of it was thrown away already.
func (t *Texts) Lost() bool { return t.b.lost }

// Skip throws away what is still to come.
func (t *Texts) Skip() error {
	if err := t.b.c.Wait(t.p); err != nil && Refusal(err) == nil {
		return err
	}
	return nil
}

// BodiesThen is [Conn.BodiesThen] for those of the folder's messages, of which the
// texts are on their way: only what is missing among them is asked for again. It is
// called once at most.
func (t *Texts) BodiesThen(ctx context.Context, wants []Want, then Then, yield func(Body) bool) error {
	b := t.b
	index := make(map[uint32]int, len(wants))
	for i, w := range wants {
		index[w.UID] = i
	}
	if _, none := index[0]; none || len(index) < len(wants) || t.Lost() {
		return b.c.BodiesThen(ctx, wants, then, yield)
	}
	*b = bulk{
		c: b.c, wants: wants, yield: yield, then: then, index: index, held: make(map[int]Body),
		next: len(wants), pieces: []piece{{t.p, 0, len(wants)}}, others: true,
	}
	return b.c.Within(ctx, b.run)
}
