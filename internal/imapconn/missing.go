package imapconn

import (
	"errors"
	"fmt"
)

// settle decides the fate of all that is still open, with nothing on the line.
// First it finds out which of them are there at all.
func (b *bulk) settle() error {
	var open []int
	for i := b.head; i < b.next; i++ {
		if b.open(i) {
			open = append(open, i)
		}
	}
	left, err := b.there(open)
	if err != nil {
		return err
	}
	return b.again(left)
}

// there asks which of the messages exist; the others are marked as gone. Some
// servers drop answers (Yahoo), so only what neither FETCH nor SEARCH knows is
// gone.
func (b *bulk) there(open []int) (left []int, err error) {
	if len(open) == 0 {
		return nil, nil
	}
	uids := make([]uint32, len(open))
	for k, i := range open {
		uids[k] = b.wants[i].UID
	}
	exists, err := b.c.Exist(uids)
	if err != nil {
		return nil, fmt.Errorf("looking for messages that the server left out: %w", err)
	}
	for _, i := range open {
		if exists[b.wants[i].UID] {
			left = append(left, i)
		} else {
			b.decide(i, Body{Gone: true})
		}
	}
	b.advance()
	return left, nil
}

// decide puts an end to want i that is no body.
func (b *bulk) decide(i int, body Body) {
	delete(b.index, b.wants[i].UID)
	b.held[i] = body
}

// again asks in halves, so that one message that the server cannot give does
// not keep back others; a message that is alone gets its last chance.
func (b *bulk) again(open []int) error {
	if len(open) <= 1 {
		return b.alone(open)
	}
	half := len(open) / 2
	for _, part := range [][]int{open[:half], open[half:]} {
		var left []int
		if _, err := b.retry(part); err != nil {
			return err
		}
		for _, i := range part {
			if b.open(i) {
				left = append(left, i)
			}
		}
		if err := b.again(left); err != nil || b.stopped {
			return err
		}
	}
	return nil
}

// retry asks for some messages once more.
func (b *bulk) retry(open []int) (Reply, error) {
	uids := make([]uint32, len(open))
	for k, i := range open {
		uids[k] = b.wants[i].UID
	}
	p := b.request(uids)
	err := b.c.Wait(p)
	if err != nil && b.c.failed() != nil {
		return Reply{}, err
	}
	b.advance()
	return p.Reply, retryAfter(err)
}

// alone asks for one message by itself.
func (b *bulk) alone(open []int) error {
	if len(open) == 0 || b.stopped {
		return nil
	}
	rep, err := b.retry(open)
	if err != nil || b.stopped || !b.open(open[0]) {
		return err
	}
	left, err := b.there(open)
	if err != nil || len(left) == 0 {
		return err
	}
	refused := rep.Err()
	if refused == nil {
		refused = errors.New("the server lists the message, but does not give its text")
	}
	b.decide(open[0], Body{Err: refused})
	b.advance()
	return nil
}
