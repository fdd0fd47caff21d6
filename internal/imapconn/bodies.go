package imapconn

import (
	"context"
	"errors"
	"io"
	"time"
)

// Bounds on what [Conn.Bodies] has asked for and not yet received.
const (
	pieceCount = 256      // messages in one command
	pieceBytes = 4 << 20  // bytes in one command, more only for a single message
	pieceAhead = 2        // commands on the line
	maxHeld    = 8 << 20  // bytes kept because they came too early
	guessed    = 32 << 10 // bytes of a message of unknown size
)

// bodyItems is what is asked for of each message. PEEK leaves \Seen alone.
const bodyItems = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"

// Want is a message to fetch. Size is a guess, -1 for none.
type Want struct {
	UID  uint32
	Size int64
}

// Body is one message of [Conn.Bodies], valid until the next one.
type Body struct {
	Index    int // in the list of what was wanted
	Flags    []string
	HasFlags bool
	Date     time.Time
	// Body has exactly Size bytes, or fails. It is nil if Gone or Err is set.
	Body io.Reader
	Size int64
	Gone bool  // there is no message with this UID any more
	Err  error // the server has the message but does not give it, in its words
}

// Bodies fetches messages of the selected folder and yields every one of wants
// exactly once, in their order. Requests overlap, so that the line is never
// idle. A message counts as fetched only when a literal came for its UID: those
// left out are asked for again in ever smaller parts, at last alone, then looked
// up. What comes out of order waits in memory, or is asked for again if that
// were too much. When yield answers false, the rest of what was asked for is
// read and thrown away.
func (c *Conn) Bodies(ctx context.Context, wants []Want, yield func(Body) bool) error {
	return c.BodiesThen(ctx, wants, Then{}, yield)
}

// Then is what goes out behind the last request of [Conn.BodiesThen]. Queue queues
// it, and reports whether it selects another folder; Back selects this one again,
// should messages have to be asked for once more.
type Then struct {
	Queue func() bool
	Back  func() error
}

// BodiesThen is Bodies with commands behind it that may select another folder.
func (c *Conn) BodiesThen(ctx context.Context, wants []Want, then Then, yield func(Body) bool) error {
	b := &bulk{c: c, wants: wants, yield: yield, then: then, index: make(map[uint32]int), held: make(map[int]Body)}
	return c.Within(ctx, b.run)
}

// bulk is one call of Bodies.
type bulk struct {
	c     *Conn
	wants []Want
	yield func(Body) bool
	then  Then
	left  bool // another folder is selected behind what was asked for
	// others: texts of messages that are not wanted come as well.
	others bool
	lost   bool // a text was thrown away

	head, next int            // wants handed out, wants asked for
	index      map[uint32]int // those asked for and not answered
	held       map[int]Body   // answers that wait for their turn
	heldBytes  int64
	pieces     []piece
	stopped    bool
	anonymous  *Body // a body whose UID has not been told yet
}

// piece is one command and the part of wants that it asks for.
type piece struct {
	p        *Pending
	from, to int
}

func (b *bulk) run() error {
	for {
		if err := b.ask(); err != nil {
			return err
		}
		if len(b.pieces) == 0 {
			return nil
		}
		first := b.pieces[0]
		if !first.p.Done() {
			if _, err := b.c.Receive(); err != nil {
				return err
			}
			continue
		}
		b.pieces = b.pieces[1:]
		if err := b.close(first); err != nil {
			return err
		}
	}
}

// ask keeps commands on the line.
func (b *bulk) ask() error {
	for len(b.pieces) < pieceAhead && b.next < len(b.wants) && !b.stopped {
		if len(b.pieces) > 0 && b.wants[b.next].Size > maxHeld {
			break // one that could not wait in memory, should it come too early
		}
		from := b.next
		uids := b.piece()
		if len(uids) > 0 {
			b.pieces = append(b.pieces, piece{b.request(uids), from, b.next})
		}
		if b.next == from {
			break
		}
	}
	b.advance()
	if queue := b.then.Queue; queue != nil && b.next == len(b.wants) && !b.stopped {
		b.then.Queue = nil
		b.left = queue()
	}
	return b.c.Flush()
}

// piece takes the next wants that fit into one command. One that is on its way
// already (the caller wants it twice) has to wait.
func (b *bulk) piece() (uids []uint32) {
	count := pieceCount
	if limit := b.c.Caps.MessageLimit(); limit > 0 {
		count = min(count, limit)
	}
	bytes := int64(0)
	for b.next < len(b.wants) && len(uids) < count {
		w := b.wants[b.next]
		if w.UID == 0 { // no message has it, and no server may be asked
			b.held[b.next] = Body{Gone: true}
			b.next++
			continue
		}
		if _, twice := b.index[w.UID]; twice {
			break
		}
		if w.Size < 0 {
			w.Size = guessed
		}
		if bytes += w.Size; bytes > pieceBytes && len(uids) > 0 {
			break
		}
		b.index[w.UID] = b.next
		uids = append(uids, w.UID)
		b.next++
	}
	return uids
}

// request queues one command.
func (b *bulk) request(uids []uint32) *Pending {
	set, _ := Set(uids) // pieceCount numbers always fit
	return b.c.queueFetch(set, bodyItems, b.body, b.named)
}

// close looks after a piece whose tagged reply has come.
func (b *bulk) close(p piece) error {
	if wait := retryAfter(p.p.Reply.Err()); wait != nil {
		return wait
	}
	if b.stopped || !b.lacks(p) {
		return nil
	}
	for _, later := range b.pieces {
		if err := b.c.Wait(later.p); err != nil && b.c.failed() != nil {
			return err
		}
	}
	b.pieces = nil
	if b.left {
		b.left = false
		if err := b.then.Back(); err != nil {
			return err
		}
	}
	return b.settle()
}

// retryAfter is err if the server asks for patience: no message is to blame.
func retryAfter(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Throttled() {
		return err
	}
	return nil
}

// lacks reports whether the command left a message out.
func (b *bulk) lacks(p piece) bool {
	for i := max(p.from, b.head); i < p.to; i++ {
		if b.open(i) {
			return true
		}
	}
	return false
}

// open reports whether want i is asked for and not answered.
func (b *bulk) open(i int) bool {
	at, ok := b.index[b.wants[i].UID]
	return ok && at == i
}
