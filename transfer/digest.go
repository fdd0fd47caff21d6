package transfer

import (
	"bytes"
	"crypto/sha256"
	"hash"
)

// Digest is the SHA-256 of a message's canonical form: every run of CRs before
// an LF, or their absence, is one CRLF; CRs at the very end are dropped; NUL counts as 0x80. These are the changes that servers make when they store
// a message (Dovecot 2.3 makes all of them), so two messages with equal
// digests are the same message.
type Digest [sha256.Size]byte

// Canonical is an [io.Writer] that computes the [Digest] of what is written
// to it. The zero value is not ready: use [NewCanonical].
type Canonical struct {
	hash hash.Hash
	size int64
	crs  int // CRs seen and not yet written out
	bare int // LFs without a CR
}

// NewCanonical makes one.
func NewCanonical() *Canonical { return &Canonical{hash: sha256.New()} }

// Reset makes it ready for another message.
func (c *Canonical) Reset() { c.hash.Reset(); c.size, c.crs, c.bare = 0, 0, 0 }

// Write never fails.
func (c *Canonical) Write(p []byte) (int, error) {
	n := len(p)
	if c.crs == 0 && canonical(p) {
		c.put(p)
		return n, nil
	}
	for len(p) > 0 {
		k := 0
		if c.crs == 0 {
			k = plain(p)
		}
		if k == 0 {
			p = c.lineEnd(p)
			continue
		}
		c.put(p[:k])
		p = p[k:]
	}
	return n, nil
}

// Sum is the digest and the size of the canonical form of all that was written.
func (c *Canonical) Sum() (Digest, int64) {
	c.crs = 0
	var d Digest
	c.hash.Sum(d[:0])
	return d, c.size
}

// lineEnd takes one byte of a run of CRs and the LF that may close it.
func (c *Canonical) lineEnd(p []byte) []byte {
	switch p[0] {
	case '\r':
		c.crs++
	case '\n':
		if c.crs == 0 {
			c.bare++
		}
		c.crs = 0
		c.put(canonicalEnd)
	default: // the CRs were text
		for ; c.crs > 0; c.crs-- {
			c.put(canonicalEnd[:1])
		}
		return p
	}
	return p[1:]
}

// What is written for a line end and for a NUL; for reading only.
var (
	canonicalEnd = []byte("\r\n")
	canonicalNUL = []byte{0x80}
)

// canonical reports whether all of p stands in canonical form already, as nearly all
// that servers hold does: each LF has a CR before it, and there are no other CRs.
func canonical(p []byte) bool {
	lines := 0
	for rest := p; ; lines++ {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		if i == 0 || rest[i-1] != '\r' {
			return false
		}
		rest = rest[i+1:]
	}
	return bytes.Count(p, canonicalEnd[:1]) == lines
}

// plain is the length of the longest piece from the start of p that stands in
// canonical form already and ends where a line ends, or before the next CR or
// LF that does not belong to a CRLF; 0 if p begins with such a one.
func plain(p []byte) int {
	k := 0
	for k < len(p) {
		i := bytes.IndexByte(p[k:], '\n')
		if i < 0 {
			break
		}
		line := p[k : k+i]
		if i == 0 || line[i-1] != '\r' || bytes.IndexByte(line, '\r') != i-1 {
			break
		}
		k += i + 1
	}
	if k > 0 {
		return k
	}
	if i := bytes.IndexAny(p, "\r\n"); i >= 0 {
		return i
	}
	return len(p)
}

// put hashes p, NUL as 0x80.
func (c *Canonical) put(p []byte) {
	c.size += int64(len(p))
	for {
		i := bytes.IndexByte(p, 0)
		if i < 0 {
			c.hash.Write(p)
			return
		}
		c.hash.Write(p[:i])
		c.hash.Write(canonicalNUL)
		p = p[i+1:]
	}
}
