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

var identHeaders = [...]string{tellsMessageID: "message-id", tellsDate: "date", tellsFrom: "from", tellsSubject: "subject", tellsTo: "to"}

// The places of the fields in [identHeaders] and [telling].
const (
	tellsMessageID = iota
	tellsDate
	tellsFrom
	tellsSubject
	tellsTo
)

// IdentHeaders are the names of the header fields that make an [Ident], for
// ports that ask a server for them.
func IdentHeaders() []string { return identHeaders[:] }

// Identify computes the Ident from a header: the whole one or any part that
// holds the [IdentHeaders], in any order. Reading ends at the first blank line.
func Identify(header []byte) Ident {
	told := tell(header)
	return told.ident()
}

// telling are the values of the [IdentHeaders] in a header, unfolded. A field that
// stands there again has all its values, with LFs between; nil is one that is missing.
type telling [len(identHeaders)][]byte

// tell reads a header like [Identify].
func tell(header []byte) (told telling) {
	Fields(header, func(name, value []byte) bool {
		for i, want := range identHeaders {
			if len(name) == len(want) && bytes.EqualFold(name, []byte(want)) {
				if told[i] != nil {
					told[i] = append(told[i], '\n')
				}
				told[i] = appendUnfolded(told[i], value)
			}
		}
		return true
	})
	return told
}

func (t *telling) ident() (id Ident) {
	all := make([]byte, 0, 512)
	for i, v := range t {
		all = append(append(append(all, byte('0'+i)), v...), 0)
	}
	sum := sha256.Sum256(all)
	copy(id[:], sum[:])
	id[len(id)-1] &^= 1
	if len(t[tellsMessageID]) > 0 && len(t[tellsDate]) > 0 {
		id[len(id)-1] |= 1
	}
	return id
}

// excerpt is the first value of one that is not empty, cut.
func (t *telling) excerpt(i int) string {
	v, _, _ := bytes.Cut(bytes.TrimLeft(t[i], "\n"), []byte("\n"))
	return string(v[:min(len(v), excerptBytes)])
}

// Fields calls yield for each header field of header until it answers false or
// the header ends. The value holds its folds, but not the line end that closes
// it. Lines that are no field are passed over.
func Fields(header []byte, yield func(name, value []byte) bool) {
	for len(header) > 0 {
		end := fieldEnd(header)
		field := withoutEnd(header[:end])
		header = header[end:]
		if len(field) == 0 {
			return
		}
		name, value, ok := bytes.Cut(field, []byte(":"))
		for len(name) > 0 && isBlank(name[len(name)-1]) {
			name = name[:len(name)-1]
		}
		if !ok || len(name) == 0 || bytes.IndexByte(name, ' ') >= 0 || bytes.IndexByte(name, '\t') >= 0 {
			continue
		}
		if !yield(name, value) {
			return
		}
	}
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// withoutEnd is p without its line ends.
func withoutEnd(p []byte) []byte {
	for len(p) > 0 && (p[len(p)-1] == '\n' || p[len(p)-1] == '\r') {
		p = p[:len(p)-1]
	}
	return p
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
		first := n == 0 && len(withoutEnd(p[:i])) == 0
		n += i + 1
		if first || n == len(p) || !isBlank(p[n]) {
			return n
		}
	}
}

// appendUnfolded appends value to dst with every run of blanks and line ends
// as one blank, none at the ends: servers re-fold what they like.
func appendUnfolded(dst, value []byte) []byte {
	if dst == nil {
		dst = make([]byte, 0, len(value))
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
}

func (t *headTap) reset() { t.head, t.ended = t.head[:0], false }

func (t *headTap) Write(p []byte) (int, error) {
	whole := len(p)
	if t.ended || whole == 0 {
		return whole, nil
	}
	p = p[:min(len(p), headBytes-len(t.head))]
	if len(t.head) == 0 { // nearly always the whole header is in the first piece
		if n := headLength(p); n > 0 {
			t.head, t.ended = append(t.head, p[:n]...), true
			return whole, nil
		}
	}
	from := max(0, len(t.head)-2)
	t.head = append(t.head, p...)
	if n := headLength(t.head[from:]); n > 0 {
		t.head, t.ended = t.head[:from+n], true
	}
	t.ended = t.ended || len(t.head) >= headBytes
	return whole, nil
}

// headLength is how much of p comes before the first line in it that is blank, 0 if
// none is. What comes before the first LF is no such line.
func headLength(p []byte) int {
	for n := 0; ; {
		i := bytes.IndexByte(p[n:], '\n')
		if i < 0 {
			return 0
		}
		n += i + 1
		if rest := p[n:]; bytes.HasPrefix(rest, canonicalEnd[1:]) || bytes.HasPrefix(rest, canonicalEnd) {
			return n
		}
	}
}
