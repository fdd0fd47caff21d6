package imapconn

import "strings"

// Box is what SELECT or EXAMINE told, RFC 3501 section 6.3.1.
type Box struct {
	Validity uint32 // UIDVALIDITY, 0 if not told
	Next     uint32 // UIDNEXT, 0 if not told
	ModSeq   uint64 // HIGHESTMODSEQ, RFC 7162; 0 if not told, or NOMODSEQ
	// Exists is kept up to date while the folder is selected; Expunged counts the
	// messages that went meanwhile, with which sequence numbers moved.
	Exists, Expunged int
	// Permanent are the flags that can be set for good; AnyKeyword tells that
	// new keywords can be made. Without word of it from the server all flags
	// that the folder knows can be set, section 7.1.
	Permanent  []string
	AnyKeyword bool
	ReadOnly   bool
	// Known are the flags that the folder has names for, whether set or not.
	Known []string

	told bool // about flags
}

// QueueSelect queues SELECT, or EXAMINE, which changes nothing. The Box is
// complete when the command is done, and its counts go on with what the server
// tells later, as the reading goroutine hears it.
func (c *Conn) QueueSelect(readOnly bool, box Name) (*Pending, *Box) {
	b := &Box{ReadOnly: readOnly}
	permanent := false
	command := "SELECT "
	if readOnly {
		command = "EXAMINE "
	}
	take := func(r *reader, num uint32, kind string, rep *Reply) (bool, error) {
		switch kind {
		case "EXISTS":
			b.Exists = int(num)
			return true, nil
		case "FLAGS":
			flags, _, err := r.flags(nil, maxBoxFlags)
			if b.Known = flags; !permanent {
				b.allow(flags)
			}
			return true, err
		case "OK":
			permanent = permanent || rep.Code == "PERMANENTFLAGS"
			return b.learn(rep), nil
		}
		return false, nil
	}
	return c.queueAs(&Pending{take: take, box: b}, command, box), b
}

// selected notes how a SELECT ended; a refused one leaves no folder selected.
func (c *Conn) selected(p *Pending) {
	c.box = nil
	if p.Reply.Type == "OK" {
		c.box = p.box
	}
	if p.Reply.Code == "READ-ONLY" {
		p.box.ReadOnly = true
	}
}

// count follows the number of messages in the selected folder.
func (c *Conn) count(num uint32, kind string) {
	switch {
	case c.box == nil:
	case kind == "EXISTS":
		c.box.Exists = int(num)
	case kind == "EXPUNGE":
		c.box.Expunged++
		c.box.Exists = max(c.box.Exists-1, 0)
	}
}

// learn takes an untagged OK with a code of a folder's.
func (b *Box) learn(rep *Reply) bool {
	switch rep.Code {
	case "UIDVALIDITY":
		b.Validity, _ = parseNumber32([]byte(rep.Arg))
	case "UIDNEXT":
		b.Next, _ = parseNumber32([]byte(rep.Arg))
	case "HIGHESTMODSEQ":
		b.ModSeq, _ = parseNumber([]byte(rep.Arg))
	case "PERMANENTFLAGS":
		b.allow(strings.Fields(strings.Trim(rep.Arg, "() ")))
	default:
		return false
	}
	return true
}

// allow takes the list of flags that can be set.
func (b *Box) allow(flags []string) {
	b.Permanent, b.AnyKeyword, b.told = nil, false, true
	for _, f := range flags {
		if f == `\*` {
			b.AnyKeyword = true
		} else if !strings.EqualFold(f, `\Recent`) {
			b.Permanent = append(b.Permanent, f)
		}
	}
}

// Allows reports whether the flag can be set for good. A server that tells
// nothing about flags is taken at its best.
func (b *Box) Allows(flag string) bool {
	if !b.told {
		return true
	}
	for _, f := range b.Permanent {
		if strings.EqualFold(f, flag) {
			return true
		}
	}
	return b.AnyKeyword && !strings.HasPrefix(flag, `\`)
}
