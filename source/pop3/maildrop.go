package pop3

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// Limits on the lists of a maildrop, each above what any server is known to have
// or say.
const (
	// maxMessages is how many messages we believe a maildrop to have: the largest
	// known have 200,000.
	maxMessages = 250_000
	// maxNames is how long all UIDLs together may be, in bytes: 40 for each of
	// them; RFC 1939 allows 70, Dovecot has 16.
	maxNames = 12 << 20
	// maxListLine is the longest line of a UIDL or LIST reply in bytes; RFC 1939
	// allows 70 for the UIDL itself.
	maxListLine = 4096
	// maxSize is the largest message we believe in, in bytes: the sum of all of
	// them stays within 63 bits.
	maxSize = 1 << 40
)

// maildrop is what STAT, UIDL and LIST say. Message n is entries[n-1].
type maildrop struct {
	entries []entry
	count   int // as STAT says; entries get there when they are told
	names   int // bytes of all UIDLs
	octets  int64
	named   bool // every entry has its final id
	uidl    bool // the ids are UIDLs, each of its own
	byID    []int32
	idents  []transfer.Ident // by place, of messages named by their headers; nil if none is
	notes   []string
}

type entry struct {
	id   string // "" until it has one
	told bool   // UIDL has told of it
	size int64  // as LIST says, -1 if not known
}

// load asks for the maildrop, once a session: all three commands at once where
// the server takes them ahead.
func (s *Source) load() error {
	if s.drop != nil {
		return nil
	}
	drop := &maildrop{}
	steps := []struct {
		command string
		read    func(*maildrop) error
	}{{"STAT", s.readStat}, {"UIDL", s.readUIDL}, {"LIST", s.readSizes}}
	sent := 0
	s.wire.ahead = true
	for i, step := range steps {
		for ; sent <= i || sent < len(steps) && s.caps.has("PIPELINING"); sent++ {
			if err := s.pop.Send(steps[sent].command); err != nil {
				return s.fail(fmt.Errorf("sending %s: %w", steps[sent].command, err))
			}
		}
		if err := step.read(drop); err != nil {
			return s.fail(err)
		}
	}
	drop.doubtNames()
	s.drop = drop
	return nil
}

// readStatus reads a status line through go-pop3.
func (s *Source) readStatus(command string) (string, error) {
	s.wire.await, s.wire.status, s.wire.taken = true, s.wire.status[:0], 0
	text, err := s.pop.ReadOne()
	if err != nil {
		return "", s.answer(atCommand, command, err)
	}
	return string(text), nil
}

func (s *Source) readStat(drop *maildrop) error {
	text, err := s.readStatus("STAT")
	if err != nil {
		return err
	}
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return outOfStep("STAT", []byte(text))
	}
	count, err1 := strconv.ParseUint(fields[0], 10, 32)
	octets, err2 := strconv.ParseInt(fields[1], 10, 64)
	if err1 != nil || err2 != nil || count > maxMessages || octets < 0 {
		return outOfStep("STAT", []byte(text))
	}
	drop.octets, drop.count = min(octets, maxSize), int(count)
	return nil
}

// entry is the one of message n. Room for it is made only now: what STAT says
// costs the server nothing.
func (d *maildrop) entry(n int) *entry {
	for len(d.entries) < n {
		d.entries = append(d.entries, entry{size: -1})
	}
	return &d.entries[n-1]
}

// readUIDL reads the names. A server may have none to give (-ERR), though it lists
// the command; but if it has them, no other names may take their place for once.
func (s *Source) readUIDL(drop *maildrop) error {
	if _, err := s.readStatus("UIDL"); err != nil {
		var no *Error
		if s.broken == nil && errors.As(err, &no) && no.permanent && (!s.caps.has("UIDL") || tellsNotBuilt(no.Words)) {
			return nil
		}
		return err
	}
	drop.uidl = true
	return readNumbered("UIDL", drop.count, s.listLine, drop.takeName)
}

// readSizes reads LIST. What stands after the size is the server's own affair
// (RFC 1939, section 5, LIST).
func (s *Source) readSizes(drop *maildrop) error {
	if _, err := s.readStatus("LIST"); err != nil {
		return err
	}
	return readNumbered("LIST", drop.count, s.listLine, func(n int, rest []byte) string {
		if len(rest) == 0 {
			return "nothing stands after the number"
		}
		e := drop.entry(n)
		text, _, _ := bytes.Cut(rest, []byte(" "))
		size, err := strconv.ParseInt(string(text), 10, 64)
		switch {
		case err != nil || size < 0 || size > maxSize || text[0] == '+':
			return "the size is no number"
		case e.size >= 0:
			return "it tells a message for the second time"
		}
		e.size = size
		return ""
	})
}

// listLine reads a line of a list from under go-pop3, whose buffer is empty
// between two lines.
func (s *Source) listLine() ([]byte, error) {
	line, err := s.conn.ReadLine(maxListLine)
	if err == nil && s.conn.Traced() {
		s.wire.traceLine(line)
	}
	return line, ended(err)
}

// readNumbered reads a list whose lines are a message number and something
// else, up to its final dot. It must tell each of count messages once; put
// takes one, and answers what is wrong with it. A list that is anything else
// is an error that names the line: no message is ever left out silently.
func readNumbered(command string, count int, next func() ([]byte, error), put func(n int, rest []byte) string) error {
	for lines := 1; ; lines++ {
		line, err := next()
		if err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
		if len(line) == 1 && line[0] == '.' {
			if lines-1 != count {
				return wrongList("%s tells %d messages, STAT %d", command, lines-1, count)
			}
			return nil
		}
		wrong := ""
		number, rest, _ := bytes.Cut(line, []byte(" "))
		n, err := strconv.ParseUint(string(number), 10, 32)
		switch rest = bytes.Trim(rest, " "); {
		case err != nil:
			wrong = "it does not begin with a message number"
		case n == 0 || n > uint64(count):
			wrong = fmt.Sprintf("there are %d messages", count)
		default:
			wrong = put(int(n), rest)
		}
		if wrong != "" {
			return wrongList("%s line %d %q is malformed: %s", command, lines, short(line), wrong)
		}
	}
}

// wrongList is the error for a list that may leave messages out.
func wrongList(format string, args ...any) error {
	return &Error{permanent: true, text: "the server's list of messages cannot be right: " + fmt.Sprintf(format, args...),
		hint: "mail could be left out, so none was copied. Try again later; if it stays so, show this line to the provider, or take IMAP if there is any"}
}
