package imap

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/mailhaul/mailhaul/internal/imapconn"
)

// sizesTries is how often a folder is listed before its list is given up as not
// whole.
const sizesTries = 2

// sizes lists UIDs and sizes from that UID on, all of them: a message that a
// server left out would count as not landed, and be sent twice.
func (d *dest) sizes(from uint32, known func(uint32) bool) (uids []uint32, sizes []int64, err error) {
	c := &census{d: d, from: from, known: known, expunged: d.box.Expunged}
	for range sizesTries {
		whole, err := c.take()
		if err != nil {
			return nil, nil, err
		}
		if whole {
			uids, sizes = c.list()
			return uids, sizes, nil
		}
	}
	if c.refused != nil {
		return nil, nil, c.refused
	}
	return nil, nil, fmt.Errorf("the server has %d messages and lists only some of them: %d from UID %d on", d.box.Exists, len(c.seqs), from)
}

// census lists messages and knows by their sequence numbers, which have no gaps,
// whether one was left out.
type census struct {
	d     *dest
	from  uint32
	known func(uint32) bool

	found    []sized
	seqs     []uint32 // sequence numbers that were told, of all from that UID on
	below    uint32   // a message with a UID below from
	expunged int      // Box.Expunged to which seqs and below belong
	refused  error    // the server's words in the latest try
}

// sized is one message.
type sized struct {
	uid  uint32
	size int64
}

// take lists once more, and adds what was not told before. NOOP first makes the
// server look for what other sessions have done; only what is there then has to
// be told.
func (c *census) take() (whole bool, err error) {
	noop := c.d.conn.Queue("NOOP")
	p, low := c.ask(0)
	c.refused = nil
	if err := c.d.conn.Wait(noop); err != nil {
		return false, err
	}
	box := c.d.box
	exists := uint32(box.Exists)
	if box.Expunged != c.expunged { // the numbers of an earlier try have moved
		c.seqs, c.below, c.expunged = nil, 0, box.Expunged
	}
	for p != nil {
		err := c.d.conn.Wait(p)
		more := p.Reply.Code == "MESSAGELIMIT" && *low > c.from
		switch {
		case err == nil || more:
		case imapconn.Refusal(err) == nil:
			return false, err
		case exists > 0: // some servers do not take "*" in an empty folder
			c.refused = err
		}
		if p = nil; more { // RFC 9738: the highest were told
			p, low = c.ask(*low - 1)
		}
	}
	whole, err = c.whole(exists)
	return whole && box.Expunged == c.expunged, err
}

// ask queues the listing up to a UID, 0 for the end; low becomes the lowest UID
// that was told. "from:*" names the last message even if it is below from.
func (c *census) ask(to uint32) (p *imapconn.Pending, low *uint32) {
	low = new(uint32)
	return c.d.conn.QueueFetch(imapconn.Span(c.from, to), "(UID RFC822.SIZE)", func(it *imapconn.Item) {
		switch {
		case it.UID < c.from:
			c.below = max(c.below, it.Seq)
		case len(c.seqs) > sizesTries*c.d.box.Exists+1000: // it repeats itself without end
		case it.Size >= 0:
			if *low == 0 || it.UID < *low {
				*low = it.UID
			}
			c.seqs = append(c.seqs, it.Seq)
			if !c.known(it.UID) {
				c.found = append(c.found, sized{it.UID, it.Size})
			}
		}
	}), low
}

// whole reports whether all messages were told of those that are there. Whether
// the lowest of them is the first from that UID on, the one before it tells.
func (c *census) whole(exists uint32) (bool, error) {
	slices.Sort(c.seqs)
	c.seqs = slices.Compact(c.seqs)
	first := exists + 1
	if n := len(c.seqs); n > 0 {
		first = c.seqs[0]
		if last := c.seqs[n-1]; last < exists || last-first != uint32(n-1) {
			return false, nil
		}
	}
	before := min(first, exists+1) - 1
	switch {
	case before == 0 || c.below >= before:
		return true, nil
	case c.from == 1:
		return false, nil
	}
	uid, err := c.d.conn.UID(before)
	if err != nil && imapconn.Refusal(err) == nil {
		return false, err
	}
	return uid > 0 && uid < c.from, nil
}

// list is what was found, in rising order, each once.
func (c *census) list() (uids []uint32, sizes []int64) {
	slices.SortFunc(c.found, func(a, b sized) int { return cmp.Compare(a.uid, b.uid) })
	for _, m := range slices.CompactFunc(c.found, func(a, b sized) bool { return a.uid == b.uid }) {
		uids, sizes = append(uids, m.uid), append(sizes, m.size)
	}
	return uids, sizes
}
