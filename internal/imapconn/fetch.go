package imapconn

import (
	"io"
	"strconv"
	"strings"
	"time"
)

// Item is one FETCH reply. It is valid inside the call that hands it out.
type Item struct {
	Seq, UID uint32
	Flags    []string // without \Recent
	HasFlags bool
	Date     time.Time // INTERNALDATE, zero if it was none
	Size     int64     // RFC822.SIZE, -1 if it was not told
	Header   []byte    // BODY[HEADER...], nil if there was none
	HasBody  bool      // BODY[] came, as a literal or string

	kept []byte // Header's memory
}

// reset forgets all but the memory.
func (it *Item) reset(seq uint32) {
	*it = Item{Seq: seq, Size: -1, Flags: it.Flags[:0], kept: it.kept}
}

// fetch reads a FETCH reply into it. body, if not nil, gets the message as soon
// as it comes, when it knows only what came before.
func (r *reader) fetch(it *Item, body func(*Literal) error) error {
	if !r.eat('(') {
		return malformed("FETCH without a list")
	}
	for {
		switch r.peek() {
		case 0:
			return nil
		case ')':
			r.line = r.line[1:]
			return nil
		}
		if err := r.fetchItem(it, body); err != nil {
			return err
		}
	}
}

func (r *reader) fetchItem(it *Item, body func(*Literal) error) (err error) {
	name := r.item()
	if len(name) == 0 { // a stray value: over it
		return r.skipValue()
	}
	switch string(name) {
	case "UID":
		n, ok, err := r.number()
		if ok && n < 1<<32 {
			it.UID = uint32(n)
		}
		return err
	case "RFC822.SIZE":
		n, ok, err := r.number()
		if ok && n < maxSize {
			it.Size = int64(n)
		}
		return err
	case "FLAGS":
		it.Flags, it.HasFlags, err = r.flags(it.Flags[:0], maxFlags)
		return err
	case "INTERNALDATE":
		s, _, err := r.str()
		it.Date = r.date(s)
		return err
	case "BODY[]", "RFC822", "BODY[]<0>":
		return r.body(func(l *Literal) error {
			it.HasBody = true
			if body == nil {
				return nil
			}
			return body(l)
		})
	}
	if strings.HasPrefix(string(name), "BODY[HEADER") || string(name) == "RFC822.HEADER" {
		return r.body(it.header)
	}
	return r.skipValue()
}

// header keeps a header, the first MiB of it.
func (it *Item) header(l *Literal) error {
	size := int(min(l.Size(), maxText))
	if cap(it.kept) < size {
		it.kept = make([]byte, size)
	}
	it.Header = it.kept[:size]
	_, err := io.ReadFull(l, it.Header)
	return err
}

// flags takes a list of flags, of limit bytes with 16 more for each.
func (r *reader) flags(into []string, limit int) (flags []string, ok bool, err error) {
	if !r.eat('(') {
		return into, false, r.skipValue()
	}
	for {
		c := r.peek()
		if c == 0 {
			return into, true, nil
		}
		if c == ')' {
			r.line = r.line[1:]
			return into, true, nil
		}
		if c == '(' {
			if err := r.skipValue(); err != nil {
				return into, true, err
			}
			continue
		}
		s, _, err := r.str()
		if err != nil {
			return into, true, err
		}
		if limit -= len(s) + 16; limit < 0 || len(s) > maxFlag {
			return into, true, tooMuch("flags of a message or a folder")
		}
		if name := r.flagName(s); name != "" && name != `\Recent` {
			into = append(into, name)
		}
	}
}

// flagName is s in the spelling of RFC 3501 where it is a system flag; a lone
// backslash is no flag.
func (r *reader) flagName(s []byte) string {
	if name, ok := r.names[string(s)]; ok {
		return name
	}
	name := string(s)
	for _, system := range []string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`, `\Recent`} {
		if strings.EqualFold(name, system) {
			name = system
		}
	}
	if name == `\` {
		name = ""
	}
	if r.names == nil {
		r.names = make(map[string]string)
	}
	if len(r.names) < 1000 && len(s) <= 64 {
		r.names[string(s)] = name
	}
	return name
}

// QueueFetch asks for items of the messages in set, by UID; each gets every
// reply that holds a UID. It must be quick, and keep nothing of the Item.
func (c *Conn) QueueFetch(set, items string, each func(*Item)) *Pending {
	return c.queueFetch(set, items, nil, func(it *Item) error {
		if it.UID != 0 {
			each(it)
		}
		return nil
	})
}

// queueFetch is QueueFetch for those that can fail, or want bodies.
func (c *Conn) queueFetch(set, items string, body func(*Item, *Literal) error, each func(*Item) error) *Pending {
	var it Item
	var use func(*Literal) error
	if body != nil {
		use = func(l *Literal) error { return body(&it, l) }
	}
	return c.queue(func(r *reader, num uint32, kind string, _ *Reply) (bool, error) {
		if kind != "FETCH" {
			return false, nil
		}
		it.reset(num)
		if err := r.fetch(&it, use); err != nil {
			return true, err
		}
		return true, each(&it)
	}, "UID FETCH ", set, " ", items)
}

// UID asks for the UID of the message with that sequence number in the selected
// folder, 0 if the server does not tell.
func (c *Conn) UID(seq uint32) (uid uint32, err error) {
	var it Item
	p := c.queue(func(r *reader, num uint32, kind string, _ *Reply) (bool, error) {
		if kind != "FETCH" {
			return false, nil
		}
		it.reset(num)
		err := r.fetch(&it, nil)
		if num == seq && it.UID != 0 {
			uid = it.UID
		}
		return true, err
	}, "FETCH ", strconv.FormatUint(uint64(seq), 10), " (UID)")
	err = c.Wait(p)
	return uid, err
}

// Exist asks which of the messages are in the selected folder, in two ways at
// once. That one of them is refused does not count: servers refuse FETCH for a
// message that is gone (RFC 2180 section 4.1.2).
func (c *Conn) Exist(uids []uint32) (map[uint32]bool, error) {
	exists := make(map[uint32]bool)
	for _, uid := range uids {
		exists[uid] = false
	}
	note := func(uid uint32) {
		if _, asked := exists[uid]; asked {
			exists[uid] = true
		}
	}
	for len(uids) > 0 {
		set, n := Set(uids)
		fetch := c.QueueFetch(set, "(UID)", func(it *Item) { note(it.UID) })
		search := c.queue(func(r *reader, _ uint32, kind string, _ *Reply) (bool, error) {
			if kind != "SEARCH" {
				return false, nil
			}
			return true, r.numbers(note)
		}, "UID SEARCH UID ", set)
		unfetched := c.Wait(fetch)
		if unfetched != nil && Refusal(unfetched) == nil {
			return nil, unfetched
		}
		if err := c.Wait(search); err != nil && (unfetched != nil || Refusal(err) == nil) {
			return nil, err
		}
		uids = uids[n:]
	}
	return exists, nil
}

// numbers takes the numbers of a SEARCH reply, whose line may come in pieces. A
// parenthesis ends them (MODSEQ, RFC 7162).
func (r *reader) numbers(each func(uint32)) error {
	n, digits, good := uint64(0), 0, true
	end := func() {
		if digits > 0 && good && n < 1<<32 {
			each(uint32(n))
		}
		n, digits, good = 0, 0, true
	}
	for {
		for _, b := range r.line {
			switch {
			case '0' <= b && b <= '9' && digits < 10:
				n, digits = n*10+uint64(b-'0'), digits+1
			case b == ' ':
				end()
			case b == '(':
				r.line = nil
				return nil
			default:
				good = false
			}
		}
		if r.line = nil; !r.open {
			end()
			return nil
		}
		if err := r.refill(); err != nil {
			return err
		}
	}
}
