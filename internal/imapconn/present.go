package imapconn

import (
	"bytes"
	"strconv"
)

// QueuePresent asks which UIDs there are from one to another in the selected
// folder; each gets them as spans, in any order. Where the server knows ESEARCH
// (RFC 4731) a folder without gaps is told in a few bytes.
func (c *Conn) QueuePresent(from, to uint32, each func(low, high uint32)) *Pending {
	take := func(r *reader, _ uint32, kind string, _ *Reply) (bool, error) {
		switch kind {
		case "SEARCH":
			return true, r.numbers(func(uid uint32) { each(uid, uid) })
		case "ESEARCH":
			return true, r.spans(each)
		}
		return false, nil
	}
	if c.Caps.Has("ESEARCH") {
		return c.queue(take, "UID SEARCH RETURN (ALL) UID ", Span(from, to))
	}
	return c.queue(take, "UID SEARCH UID ", Span(from, to))
}

// spans takes an ESEARCH reply: (TAG "m7") UID ALL 1:4,7. Of what it has more it
// takes nothing.
func (r *reader) spans(each func(low, high uint32)) error {
	for c := r.peek(); c != 0; c = r.peek() {
		if c == '(' {
			if err := r.skipValue(); err != nil {
				return err
			}
			continue
		}
		word := r.atom()
		if len(word) == 0 { // a stray parenthesis
			r.line = r.line[1:]
		}
		if !bytes.EqualFold(word, []byte("ALL")) {
			continue
		}
		r.blanks()
		if err := r.set(each); err != nil {
			return err
		}
	}
	return nil
}

// set takes a set of UIDs, up to a blank or the end of the line, which may come in
// pieces.
func (r *reader) set(each func(low, high uint32)) error {
	const longest = len("4294967295:4294967295")
	part := make([]byte, 0, longest)
	end := func() error {
		low, high, ok := span(part)
		if part = part[:0]; !ok {
			return malformed("a set of UIDs")
		}
		each(low, high)
		return nil
	}
	for {
		for i, b := range r.line {
			switch {
			case b == ' ':
				r.line = r.line[i:]
				return end()
			case b != ',' && len(part) < longest:
				part = append(part, b)
				continue
			case b != ',':
				return malformed("a set of UIDs")
			}
			if err := end(); err != nil {
				return err
			}
		}
		if r.line = nil; !r.open {
			return end()
		}
		if err := r.refill(); err != nil {
			return err
		}
	}
}

// span reads "7" or "1:4", whose ends may stand the other way round.
func span(part []byte) (low, high uint32, ok bool) {
	first, last, ranged := bytes.Cut(part, []byte(":"))
	low, ok = parseNumber32(first)
	if high = low; ok && ranged {
		high, ok = parseNumber32(last)
	}
	return min(low, high), max(low, high), ok && low > 0 && high > 0
}

// ChangedSince is what makes a FETCH answer the messages alone that have changed
// since that state, RFC 7162 section 3.1.4.1.
func ChangedSince(modSeq uint64) string {
	return " (CHANGEDSINCE " + strconv.FormatUint(modSeq, 10) + ")"
}
