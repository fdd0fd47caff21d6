package transfer

import (
	"bytes"
	"crypto/sha256"
	"io"
)

// core is the digest of what the sender wrote of a message: the headers of its
// [Ident], some more that nobody changes on the way, and the body. Copies of one
// message that came by different ways have equal cores: they differ in what
// servers and mail programs add at the top (Received, Delivered-To, X-Mozilla-Status).
// It is zero, and tells nothing, where Message-ID or Date is missing.
type core [sha256.Size]byte

// coreHeaders are those besides [IdentHeaders]. List-ID keeps apart the copy that
// came through a mailing list.
var coreHeaders = [...]string{
	"sender", "reply-to", "cc", "in-reply-to", "references", "list-id",
	"mime-version", "content-type", "content-transfer-encoding",
}

// wholeRead is what is learned of a message by reading it to its end.
type wholeRead struct {
	digest Digest
	core   core
	head   []byte
	size   int64
}

// readWhole reads a body to its end.
func readWhole(body io.Reader) (wholeRead, error) {
	if body == nil {
		return wholeRead{}, errNoBody
	}
	canon, tap := NewCanonical(), &coreTap{body: NewCanonical()}
	n, err := io.Copy(io.MultiWriter(canon, tap), body)
	r := wholeRead{core: tap.sum(), head: tap.head, size: n}
	r.digest, _ = canon.Sum()
	return r, err
}

// digestOf reads a body to its end for its digest alone.
func digestOf(body io.Reader) (d Digest, err error) {
	if body == nil {
		return d, errNoBody
	}
	canon := NewCanonical()
	_, err = io.Copy(canon, body)
	d, _ = canon.Sum()
	return d, err
}

// coreTap is an [io.Writer] that computes the core of the message that is written
// to it. It never fails.
type coreTap struct {
	head  []byte
	ended bool // the blank line was seen, or the header is too long
	body  *Canonical
	last  byte // of the body
}

func (t *coreTap) Write(p []byte) (int, error) {
	n := len(p)
	if !t.ended {
		from := max(0, len(t.head)-2)
		t.head = append(t.head, p...)
		at, length := headerEnd(t.head, from)
		if at < 0 {
			t.ended = len(t.head) > headBytes
			return n, nil
		}
		t.ended = true
		t.head, p = t.head[:at], t.head[at+length:]
	}
	if len(p) > 0 {
		t.body.Write(p)
		t.last = p[len(p)-1]
	}
	return n, nil
}

// headerEnd is where the blank line after a header begins, and how long it is; it
// is looked for from from on. at is -1 if it has not come.
func headerEnd(p []byte, from int) (at, length int) {
	for ; from < len(p); from++ {
		if from > 0 && p[from-1] != '\n' {
			continue
		}
		switch {
		case p[from] == '\n':
			return from, 1
		case bytes.HasPrefix(p[from:], []byte("\r\n")):
			return from, 2
		}
	}
	return -1, 0
}

// sum is the core of all that was written. A body without a line end at its end
// is taken to have one: mail gets it on the way.
func (t *coreTap) sum() (c core) {
	id := Identify(t.head)
	if !id.Strong() || len(t.head) > headBytes {
		return c
	}
	if t.last != 0 && t.last != '\n' {
		t.body.Write([]byte("\n"))
	}
	h := sha256.New()
	h.Write(id[:])
	for i, name := range coreHeaders {
		h.Write([]byte{byte('0' + i)})
		Fields(t.head, func(field, value []byte) bool {
			if bytes.EqualFold(field, []byte(name)) {
				h.Write(append(appendUnfolded(nil, value), 0))
			}
			return true
		})
	}
	d, _ := t.body.Sum()
	h.Write(d[:])
	h.Sum(c[:0])
	return c
}
