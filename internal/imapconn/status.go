package imapconn

import "strings"

// Status is what the server tells of a folder that is not selected.
type Status struct {
	Known    bool   // false: the server refused to tell
	Validity uint32 // UIDVALIDITY
	Next     uint32 // UIDNEXT
	Messages int
	Size     int64  // bytes of all messages, -1 if not told
	ModSeq   uint64 // HIGHESTMODSEQ, 0 if not told
}

func (c *Conn) statusItems() string {
	items := "MESSAGES UIDNEXT UIDVALIDITY"
	if c.Caps.Has("STATUS=SIZE") {
		items += " SIZE"
	}
	if c.Caps.ModSeq() {
		items += " HIGHESTMODSEQ"
	}
	return "(" + items + ")"
}

// takeStatus reads a STATUS reply.
func (l *listing) takeStatus(r *reader) error {
	text, _, err := r.str()
	if err != nil {
		return err
	}
	if err := l.weigh(text, 1); err != nil {
		return err
	}
	name := inboxName(text)
	s := Status{Known: true, Size: -1}
	if !r.eat('(') {
		return nil
	}
	for c := r.peek(); c != 0 && c != ')'; c = r.peek() {
		word := string(r.keyword())
		n, ok, err := r.number()
		if err != nil {
			return err
		}
		if ok {
			s.set(word, n)
		}
		if s.Messages > maxExists {
			return tooMuch("a folder of %d messages", s.Messages)
		}
	}
	l.status[name] = s
	return nil
}

// inboxName is a name, INBOX in capitals.
func inboxName(text []byte) Name {
	if strings.EqualFold(string(text), "INBOX") {
		return "INBOX"
	}
	return Name(text)
}

func (s *Status) set(word string, n uint64) {
	switch word {
	case "MESSAGES":
		s.Messages = int(min(n, 1<<32-1))
	case "UIDNEXT":
		s.Next = uint32(min(n, 1<<32-1))
	case "UIDVALIDITY":
		s.Validity = uint32(min(n, 1<<32-1))
	case "SIZE":
		s.Size = int64(min(n, maxTotal))
	case "HIGHESTMODSEQ":
		s.ModSeq = n
	}
}

// askStatus asks for what LIST did not tell, in one write a hundred folders.
func (c *Conn) askStatus(l *listing, t *Tree) error {
	var ps []*Pending
	for _, f := range t.Folders {
		if _, known := l.status[f.Wire]; known {
			continue
		}
		ps = append(ps, c.queue(l.take, "STATUS ", f.Wire, " "+c.statusItems()))
		if len(ps) == 100 {
			if err := c.waitStatus(ps); err != nil {
				return err
			}
			ps = ps[:0]
		}
	}
	return c.waitStatus(ps)
}

// waitStatus lets single refusals pass: such a folder stays unknown.
func (c *Conn) waitStatus(ps []*Pending) error {
	for _, p := range ps {
		if err := c.Wait(p); err != nil && c.failed() != nil {
			return err
		}
	}
	return nil
}

// Next asks for the UIDNEXT of a folder.
func (c *Conn) Next(box Name) (uint32, error) {
	s, err := c.ask(box, "UIDNEXT")
	if err == nil && s.Next == 0 {
		err = &refusal{text: "the server tells no UIDNEXT"}
	}
	return s.Next, err
}

// Messages asks how many messages a folder holds.
func (c *Conn) Messages(box Name) (int, error) {
	s, err := c.ask(box, "MESSAGES")
	if err == nil && s.Messages < 0 {
		err = &refusal{text: "the server does not tell how many messages there are"}
	}
	return s.Messages, err
}

// ask asks for one item of a folder's status.
func (c *Conn) ask(box Name, item string) (Status, error) {
	l := &listing{status: make(map[Name]Status)}
	if err := c.Wait(c.queue(l.take, "STATUS ", box, " ("+item+")")); err != nil {
		return Status{}, err
	}
	s, told := l.status[inboxName([]byte(box))]
	if !told {
		s.Messages = -1
	}
	return s, nil
}
