package imapconn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Bounds on what [Headers] asks for.
const (
	headerPiece = 256 // messages in one command
	headerAhead = 16  // commands for single messages on the line
)

// Headed is a message whose header came: Sum is what the caller has made of it.
type Headed[T any] struct {
	UID   uint32
	Size  int64 // RFC822.SIZE, -1 if it was not told
	Flags []string
	Date  time.Time // INTERNALDATE, zero if it was not told
	Sum   T
}

// Headers fetches items with headers of messages of the selected folder, makes
// sum of each as it comes (it must be quick, and keep nothing of the header: a
// thousand of a megabyte would fit into no memory), and yields those that are
// there, in the order of uids, until yield answers false.
// Two commands are on the line at a time. What a server left out or refused is
// asked for once more, then each message by itself; one that is there and whose
// header still does not come is an error, so only what is gone is left out.
func Headers[T any](ctx context.Context, c *Conn, uids []uint32, items string, sum func(header []byte) T, yield func(i int, h Headed[T]) bool) error {
	h := &headers[T]{c: c, uids: uids, items: items, sum: sum, yield: yield, limit: headerPiece, came: make(map[uint32]*Headed[T])}
	if limit := c.Caps.MessageLimit(); limit > 0 {
		h.limit = min(limit, headerPiece)
	}
	return c.Within(ctx, h.run)
}

// headers is one call of Headers.
type headers[T any] struct {
	c     *Conn
	uids  []uint32
	items string
	sum   func([]byte) T
	yield func(int, Headed[T]) bool
	limit int
	// came holds what was asked for and not yielded yet, nil for what did not
	// come yet. Servers answer commands side by side (Dovecot does, under load),
	// so it belongs to all of them.
	came map[uint32]*Headed[T]
}

func (h *headers[T]) run() error {
	var line []piece
	stopped, next := false, 0
	for {
		for len(line) < 2 && next < len(h.uids) && !stopped {
			to := min(next+h.limit, len(h.uids))
			line = append(line, piece{h.request(h.uids[next:to]), next, to})
			next = to
		}
		if len(line) == 0 {
			return nil
		}
		p := line[0]
		line = line[1:]
		if _, err := h.wait(p.p); err != nil {
			return err
		}
		if stopped {
			continue
		}
		if err := h.complete(h.uids[p.from:p.to]); err != nil {
			return err
		}
		stopped = !h.hand(p)
	}
}

// request queues one command.
func (h *headers[T]) request(uids []uint32) *Pending {
	set, _ := Set(uids) // so many always fit
	for _, uid := range uids {
		if _, asked := h.came[uid]; !asked {
			h.came[uid] = nil
		}
	}
	return h.c.QueueFetch(set, h.items, func(it *Item) {
		if _, asked := h.came[it.UID]; asked && it.Header != nil {
			h.came[it.UID] = &Headed[T]{UID: it.UID, Size: it.Size, Flags: slices.Clone(it.Flags), Date: it.Date, Sum: h.sum(it.Header)}
		}
	})
}

// missing are those that did not come.
func (h *headers[T]) missing(uids []uint32) (missing []uint32) {
	for _, uid := range uids {
		if h.came[uid] == nil && uid > 0 {
			missing = append(missing, uid)
		}
	}
	return missing
}

// wait tells a refusal, which says nothing of single messages (RFC 2180 section
// 4.1: one of them is gone), from an error that ends all.
func (h *headers[T]) wait(p *Pending) (refused, err error) {
	refused = h.c.Wait(p)
	if err := h.c.failed(); err != nil {
		return nil, err
	}
	return refused, retryAfter(refused)
}

// complete asks for what did not come, together and then each by itself.
func (h *headers[T]) complete(uids []uint32) error {
	missing := h.missing(uids)
	var refused, err error
	for _, size := range []int{len(missing), 1} {
		if len(missing) == 0 {
			return nil
		}
		if refused, err = h.again(missing, size); err != nil {
			return err
		}
		if missing, err = h.there(h.missing(missing)); err != nil {
			return err
		}
	}
	switch {
	case len(missing) == 0:
		return nil
	case refused == nil:
		refused = errors.New("it leaves it out")
	}
	return fmt.Errorf("the server lists the message with UID %d, but does not give its header: %w", missing[0], refused)
}

// again asks with commands of size messages, some in one write, and answers the
// last refusal.
func (h *headers[T]) again(uids []uint32, size int) (refused, err error) {
	for some := range slices.Chunk(uids, size*headerAhead) {
		var line []*Pending
		for part := range slices.Chunk(some, size) {
			line = append(line, h.request(part))
		}
		for _, p := range line {
			no, err := h.wait(p)
			if err != nil {
				return nil, err
			}
			refused = cmp.Or(no, refused)
		}
	}
	return refused, nil
}

// there leaves out what is gone.
func (h *headers[T]) there(uids []uint32) ([]uint32, error) {
	exists, err := h.c.Exist(uids)
	return slices.DeleteFunc(uids, func(uid uint32) bool { return !exists[uid] }), err
}

func (h *headers[T]) hand(p piece) bool {
	for i := p.from; i < p.to; i++ {
		it := h.came[h.uids[i]]
		delete(h.came, h.uids[i])
		if it != nil && !h.yield(i, *it) {
			return false
		}
	}
	return true
}
