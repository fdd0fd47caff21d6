package transfer

import (
	"bytes"
	"crypto/sha256"
)

// Ident is a fingerprint of the headers that a sender writes once: Message-ID,
// Date, From, Subject and To, as raw bytes, unfolded. Messages with different
// Idents are different; equal Idents together with equal sizes make a match
// likely, and where it matters a [Digest] decides.
type Ident [16]byte

// Strong tells that the header had both a Message-ID and a Date. Mail of
// machines often has neither: then equal Idents say little.
func (id Ident) Strong() bool { return id[len(id)-1]&1 == 1 }

var identHeaders = [...]string{"message-id", "date", "from", "subject", "to"}

// IdentHeaders are the names of the header fields that make an [Ident], for
// ports that ask a server for them.
func IdentHeaders() []string { return identHeaders[:] }

// Identify computes the Ident from a header: the whole one or any part that
// holds the [IdentHeaders], in any order. Reading ends at the first blank line.
func Identify(header []byte) Ident {
	var found [len(identHeaders)][]byte
	Fields(header, func(name, value []byte) bool {
		for i, want := range identHeaders {
			if len(name) == len(want) && bytes.EqualFold(name, []byte(want)) {
				if found[i] != nil {
					found[i] = append(found[i], '\n')
				}
				found[i] = appendUnfolded(found[i], value)
			}
		}
		return true
	})
	h := sha256.New()
	for i, v := range found {
		h.Write([]byte{byte('0' + i)})
		h.Write(v)
		h.Write([]byte{0})
	}
	var id Ident
	copy(id[:], h.Sum(nil))
	id[len(id)-1] &^= 1
	if len(found[0]) > 0 && len(found[1]) > 0 {
		id[len(id)-1] |= 1
	}
	return id
}

// Fields calls yield for each header field of header until it answers false or
// the header ends. The value holds its folds, but not the line end that closes
// it. Lines that are no field are passed over.
func Fields(header []byte, yield func(name, value []byte) bool) {
	for len(header) > 0 {
		end := fieldEnd(header)
		field := bytes.TrimRight(header[:end], "\r\n")
		header = header[end:]
		if len(field) == 0 {
			return
		}
		name, value, ok := bytes.Cut(field, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t") {
			continue
		}
		if !yield(name, value) {
			return
		}
	}
}

// fieldEnd is the length of the first field with its continuation lines and
// line ends.
func fieldEnd(p []byte) int {
	n := 0
	for {
		i := bytes.IndexByte(p[n:], '\n')
		if i < 0 {
			return len(p)
		}
		first := n == 0 && len(bytes.TrimRight(p[:i], "\r")) == 0
		n += i + 1
		if first || n == len(p) || (p[n] != ' ' && p[n] != '\t') {
			return n
		}
	}
}

// appendUnfolded appends value to dst with every run of blanks and line ends
// as one blank, none at the ends: servers re-fold what they like.
func appendUnfolded(dst, value []byte) []byte {
	if dst == nil {
		dst = []byte{}
	}
	gap := false
	for _, b := range bytes.Trim(value, " \t\r\n") {
		if b == ' ' || b == '\t' || b == '\r' || b == '\n' {
			gap = true
			continue
		}
		if gap {
			dst, gap = append(dst, ' '), false
		}
		if b == 0 { // stored as 0x80 by Dovecot, see [Digest]
			b = 0x80
		}
		dst = append(dst, b)
	}
	return dst
}

// headBytes is as much of a header as is looked at.
const headBytes = 256 << 10

// headTap is an [io.Writer] that keeps the header of the message that is
// written to it. It never fails.
type headTap struct {
	head  []byte
	ended bool // the blank line was seen
	size  int64
}

func (t *headTap) reset() { t.head, t.ended, t.size = t.head[:0], false, 0 }

func (t *headTap) Write(p []byte) (int, error) {
	if t.ended || len(p) == 0 {
		return len(p), nil
	}
	from := max(0, len(t.head)-2)
	t.head = append(t.head, p[:min(len(p), headBytes-len(t.head))]...)
	for _, end := range [...]string{"\n\n", "\n\r\n"} {
		if i := bytes.Index(t.head[from:], []byte(end)); i >= 0 {
			t.head, t.ended = t.head[:from+i+1], true
		}
	}
	t.ended = t.ended || len(t.head) >= headBytes
	return len(p), nil
}
