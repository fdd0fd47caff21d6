package imapconn

import (
	"strconv"
	"strings"
)

// QueueSearch queues UID SEARCH in the selected folder; each gets every UID that
// is found.
func (c *Conn) QueueSearch(criteria string, each func(uid uint32)) *Pending {
	return c.queue(func(r *reader, _ uint32, kind string, _ *Reply) (bool, error) {
		if kind != "SEARCH" {
			return false, nil
		}
		return true, r.numbers(each)
	}, "UID SEARCH ", criteria)
}

// MeanSize is the mean size of up to n messages, spread over the exists that the
// selected folder has; -1 if the server tells none.
func (c *Conn) MeanSize(exists, n int) (mean int64, err error) {
	seqs := make([]string, 0, n)
	for i := range min(n, exists) {
		seqs = append(seqs, strconv.Itoa(1+i*exists/min(n, exists)))
	}
	if len(seqs) == 0 {
		return 0, nil
	}
	var it Item
	sum, told := int64(0), int64(0)
	p := c.queue(func(r *reader, num uint32, kind string, _ *Reply) (bool, error) {
		if kind != "FETCH" {
			return false, nil
		}
		it.reset(num)
		err := r.fetch(&it, nil)
		if it.Size >= 0 {
			sum, told = sum+it.Size, told+1
		}
		return true, err
	}, "FETCH ", strings.Join(seqs, ","), " (RFC822.SIZE)")
	if err := c.Wait(p); err != nil || told == 0 {
		return -1, err
	}
	return sum / told, nil
}

// Recent is how many messages of a folder that is not selected are new to every
// session, RFC 3501 section 2.3.2: SELECT would take that from them.
func (c *Conn) Recent(box Name) (n uint64, err error) {
	told := false
	p := c.queue(func(r *reader, _ uint32, kind string, _ *Reply) (bool, error) {
		if kind != "STATUS" {
			return false, nil
		}
		if _, _, err := r.str(); err != nil || !r.eat('(') {
			return true, err
		}
		for b := r.peek(); b != 0 && b != ')'; b = r.peek() {
			recent := string(r.keyword()) == "RECENT"
			value, ok, err := r.number()
			if err != nil {
				return true, err
			}
			if recent && ok {
				n, told = value, true
			}
		}
		return true, nil
	}, "STATUS ", box, " (RECENT)")
	if err := c.Wait(p); err != nil {
		return 0, err
	}
	if !told {
		return 0, &refusal{text: "the server tells no RECENT"}
	}
	return n, nil
}
