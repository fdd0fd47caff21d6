package imap

import (
	"fmt"
	"slices"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// Which messages there are is to be told of all: one that a server left out would
// count as not landed, and be sent twice. SEARCH tells them in a few bytes, and how
// many there should be is known. Where that does not agree, FETCH tells of each.

// there is the UIDs of the open folder from that one on.
func (d *dest) there(from uint32) ([]transfer.Span, error) {
	for range soughtTries {
		if spans, whole, err := d.sought(from); err != nil || whole {
			return spans, err
		}
	}
	c := &census{d: d, from: from, expunged: d.box.Expunged}
	for range censusTries {
		whole, err := c.take()
		if err != nil {
			return nil, err
		}
		if whole {
			return c.uids.Spans(), nil
		}
	}
	if c.refused != nil {
		return nil, c.refused
	}
	return nil, fmt.Errorf("the server has %d messages and lists only some of them: %d from UID %d on", d.box.Exists, len(c.seqs), from)
}

// soughtTries is how often a folder is searched: other sessions may have changed it,
// of which the server tells with the first search.
const soughtTries = 2

// sought has the server search. NOOP makes it tell what other sessions have done;
// Dovecot does so when the search is over. Where there was anything to tell, it is
// not known whether the search has seen it.
func (d *dest) sought(from uint32) (spans []transfer.Span, whole bool, err error) {
	exists, expunged := d.box.Exists, d.box.Expunged
	noop := d.conn.Queue("NOOP")
	var found transfer.Roll
	below := false
	search := d.conn.QueuePresent(from, 0, func(low, high uint32) {
		if low < from { // "from:*" names the last message even if it is below from
			below = true
		}
		if high >= from {
			found.AddSpan(transfer.Span{Low: max(low, from), High: high})
		}
	})
	if err := d.conn.Wait(noop); err != nil {
		return nil, false, err
	}
	err = d.conn.Wait(search)
	if err != nil || search.Reply.Code == "MESSAGELIMIT" {
		if imapconn.Refusal(err) != nil {
			err = nil
		}
		return nil, false, err
	}
	steady := func() bool { return d.box.Exists == exists && d.box.Expunged == expunged }
	before := exists
	for _, s := range found.Spans() {
		before -= s.Count()
	}
	if !steady() || before < 0 || before > 0 && from == 1 {
		return nil, false, nil
	}
	if before == 0 || below && before == exists {
		return found.Spans(), true, nil
	}
	uid, err := d.conn.UID(uint32(before))
	if err != nil && imapconn.Refusal(err) == nil {
		return nil, false, err
	}
	return found.Spans(), uid > 0 && uid < from && steady(), nil
}

// censusTries is how often a folder is listed before its list is given up as not
// whole.
const censusTries = 2

// census lists messages and knows by their sequence numbers, which have no gaps,
// whether one was left out.
type census struct {
	d    *dest
	from uint32

	uids     transfer.Roll
	seqs     []uint32 // sequence numbers that were told, of all from that UID on
	below    uint32   // a message with a UID below from
	expunged int      // Box.Expunged to which seqs and below belong
	refused  error    // the server's words in the latest try
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
	return c.d.conn.QueueFetch(imapconn.Span(c.from, to), "(UID)", func(it *imapconn.Item) {
		switch {
		case it.UID == 0:
		case it.UID < c.from:
			c.below = max(c.below, it.Seq)
		case len(c.seqs) > censusTries*c.d.box.Exists+1000: // it repeats itself without end
		default:
			if *low == 0 || it.UID < *low {
				*low = it.UID
			}
			c.seqs = append(c.seqs, it.Seq)
			c.uids.AddSpan(transfer.Span{Low: it.UID, High: it.UID})
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
