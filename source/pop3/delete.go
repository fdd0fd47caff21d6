package pop3

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailhaul/mailhaul/transfer"
)

// errOver is why nothing more is asked of a session that has deleted.
var errOver = errors.New("the POP3 session is over: it has deleted")

var _ transfer.Deleter = (*Source)(nil)

// Delete marks messages with DELE, ahead of the replies where the server allows it,
// and says QUIT: only then does a server delete anything (RFC 1939, section 6). On
// any error before, it hangs up without QUIT, and nothing is deleted.
func (s *Source) Delete(ctx context.Context, _ transfer.Folder, ms []transfer.Message) (left map[string]error, err error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	rs, err := s.requests(ctx, ms)
	if err != nil {
		return nil, err
	}
	left = map[string]error{}
	for sent, i := 0, 0; i < len(rs); i++ {
		for ; sent < len(rs) && (sent == i || s.caps.has("PIPELINING") && sent-i < aheadCommands); sent++ {
			if rs[sent].number > 0 {
				if err := s.say(fmt.Sprintf("DELE %d", rs[sent].number)); err != nil {
					return nil, err
				}
			}
		}
		if ctx.Err() != nil {
			return nil, s.fail(context.Cause(ctx))
		}
		if rs[i].number == 0 {
			left[ms[i].ID] = transfer.ErrVanished
			continue
		}
		refused, err := s.heed("DELE")
		if err != nil {
			return nil, err
		}
		if refused != nil {
			left[ms[i].ID] = refused
		}
	}
	return left, s.deleteForGood()
}

// deleteForGood says QUIT. Without a +OK nobody knows what the server has deleted:
// RFC 1939, section 6, lets it answer -ERR when some of it is left.
func (s *Source) deleteForGood() error {
	if err := s.say("QUIT"); err != nil {
		return err
	}
	refused, err := s.heed("QUIT")
	if err == nil && refused != nil {
		err = fmt.Errorf("the server may not have deleted all of what it was to delete: %v", refused)
	}
	s.fail(errOver)
	return err
}

// say sends a command.
func (s *Source) say(command string) error {
	s.conn.TraceSent(command)
	if _, err := s.conn.W.WriteString(command + crlf); err != nil {
		return s.fail(err)
	}
	return nil
}

// heed sends what was said and reads a status line: refused is the server's no.
func (s *Source) heed(command string) (refused, err error) {
	if err := s.conn.W.Flush(); err != nil {
		return nil, s.fail(err)
	}
	line, err := s.conn.ReadLine(maxStatus)
	if err != nil {
		return nil, s.fail(fmt.Errorf("waiting for the reply to %s: %w", command, ended(err)))
	}
	if s.conn.Traced() {
		s.conn.TraceHeard(tellStatus(line))
	}
	words, positive, ok := parseStatus(line)
	switch {
	case !ok:
		return nil, s.fail(outOfStep(command, line))
	case !positive:
		return refusedMessage(command, s.conn.Hide(words)), nil
	}
	return nil, nil
}
