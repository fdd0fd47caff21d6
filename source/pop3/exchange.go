package pop3

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/mailhaul/mailhaul/transfer"
)

const (
	// aheadCommands and aheadBytes bound what may be asked for before its
	// reply is read, where the server allows that at all.
	aheadCommands = 64
	aheadBytes    = 4 << 20
	// unknownCost stands for a message whose size LIST did not tell, headerCost
	// for a header, in bytes.
	unknownCost = 1 << 20
	headerCost  = 8 << 10
)

// request asks for one message, or for its header. Number 0 is a message that
// is gone.
type request struct {
	number int
	size   int64
	header bool
}

func (r request) String() string {
	if r.header {
		return "TOP " + strconv.Itoa(r.number) + " 0"
	}
	return "RETR " + strconv.Itoa(r.number)
}

func (r request) cost() int64 {
	switch {
	case r.number == 0:
		return 0
	case r.header:
		return headerCost
	case r.size < 0:
		return unknownCost
	}
	return r.size
}

// text reads what was asked for.
func (r request) text(in *bufio.Reader) *dots {
	switch {
	case r.header:
		return &dots{in: in, size: -1, most: maxHead}
	case r.size < 0:
		return &dots{in: in, size: -1, most: maxUnsaid}
	}
	return &dots{in: in, size: r.size, most: min(r.size, maxUnsaid)*maxUntrue + moreUntrue}
}

// exchange asks for the messages in order and calls each with every text, or
// with the reason why it cannot be had, until it answers false. As many
// requests go ahead of the replies as fit the window. What each leaves unread
// is read away; an error means that the session is broken.
func (s *Source) exchange(ctx context.Context, rs []request, each func(i int, text *dots, refused error) (more bool)) error {
	sent, ahead := 0, int64(0)
	for i, r := range rs {
		if ctx.Err() != nil {
			return s.fail(context.Cause(ctx))
		}
		for sent < len(rs) && (sent == i || s.fits(sent-i, ahead+rs[sent].cost())) {
			if err := s.request(rs[sent]); err != nil {
				return err
			}
			ahead += rs[sent].cost()
			sent++
		}
		if err := s.conn.W.Flush(); err != nil {
			return s.fail(err)
		}
		more, err := s.one(i, r, each)
		if err != nil || !more {
			return err
		}
		ahead -= r.cost()
	}
	return nil
}

// fits tells whether a request that makes it so many may leave ahead of the replies.
func (s *Source) fits(commands int, bytes int64) bool {
	return s.caps.has("PIPELINING") && commands < aheadCommands && bytes <= aheadBytes
}

// request puts a command into the buffer of the connection.
func (s *Source) request(r request) error {
	if r.number == 0 {
		return nil
	}
	if s.conn.Traced() {
		s.conn.TraceSent(r.String())
	}
	s.owed++
	if _, err := s.conn.W.WriteString(r.String() + crlf); err != nil {
		return s.fail(err)
	}
	return nil
}

// one takes the reply to one request.
func (s *Source) one(i int, r request, each func(int, *dots, error) bool) (more bool, err error) {
	if r.number == 0 {
		return each(i, nil, transfer.ErrVanished), nil
	}
	text, refused, err := s.reply(r)
	if err != nil {
		return false, err
	}
	if refused != nil {
		return each(i, nil, refused), nil
	}
	s.body = text
	s.give(r)
	if !each(i, text, nil) {
		return false, nil
	}
	return true, s.finishBody()
}

// give notes what the server may hide from later sessions.
func (s *Source) give(r request) {
	if r.header || !s.Rations() {
		return
	}
	if s.given == nil {
		s.given = map[int]bool{}
	}
	s.given[r.number] = true
}

// reply reads a status line, and answers the text that follows it.
func (s *Source) reply(r request) (text *dots, refused, err error) {
	line, err := s.conn.ReadLine(maxStatus)
	if err != nil {
		return nil, nil, s.fail(fmt.Errorf("waiting for the reply to %s: %w", r, ended(err)))
	}
	s.owed--
	if s.conn.Traced() {
		s.conn.TraceHeard(tellStatus(line))
	}
	words, positive, ok := parseStatus(line)
	switch {
	case !ok:
		return nil, nil, s.fail(outOfStep(r.String(), line))
	case !positive:
		return nil, refusedMessage(r.String(), s.conn.Hide(words)), nil
	}
	return r.text(s.conn.R), nil, nil
}

// finishBody reads away what is left of the current message.
func (s *Source) finishBody() error {
	if s.body == nil {
		return nil
	}
	body := s.body
	s.body = nil
	if err := body.drain(); err != nil {
		return s.fail(err)
	}
	if s.conn.Traced() {
		s.conn.TraceHeard(tellSize(body.count))
	}
	return nil
}

// settle reads away what an earlier call has asked for and not taken.
func (s *Source) settle() error {
	if err := s.finishBody(); err != nil {
		return err
	}
	for s.owed > 0 {
		text, refused, err := s.reply(request{size: -1})
		if err != nil {
			return err
		}
		if refused != nil {
			continue
		}
		s.body = text
		if err := s.finishBody(); err != nil {
			return err
		}
	}
	return nil
}

// isRefusal tells a server's no from a message that is gone.
func isRefusal(err error) bool {
	var no *Error
	return errors.As(err, &no)
}
