package mbox

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// What is more than this of a header is not looked at; the message is carried
// all the same.
const longestHead = 1 << 20

// reading is what the scan learns of one message while it passes by.
type reading struct {
	hash    hash.Hash
	pending []byte // bytes for the hash
	start   int64  // offset of the first byte after the From_ line
	head    []byte // the fields we want to know, as they stand
	begun   int    // where in head the current field begins
	full    bool   // a field was too large for head

	inHeader bool
	keep     bool // the current field belongs to head
	leave    bool // the current field is not part of the ID
	received bool // the topmost Received was seen
	cr       bool // the last byte was a CR

	bareLF   int64 // LF without CR before it
	quoted   int64 // lines that unquoting will shorten
	sum      [sha256.Size]byte
	fromDate time.Time
	fromLen  int
}

func newReading() *reading {
	return &reading{hash: sha256.New(), pending: make([]byte, 0, 16<<10)}
}

// begin starts a message whose From_ line has that length and date.
func (m *reading) begin(start int64, fromLen int, date time.Time) {
	m.hash.Reset()
	*m = reading{hash: m.hash, pending: m.pending[:0], head: m.head[:0],
		start: start, inHeader: true, fromDate: date, fromLen: fromLen}
}

// take adds a piece of a line; first tells that a line begins with it.
func (m *reading) take(piece []byte, first bool) {
	if len(piece) == 0 {
		return
	}
	if m.inHeader {
		m.takeHeader(piece, first)
	} else {
		if first && piece[0] == '>' && isQuoted(piece) {
			m.quoted++
		}
		m.mix(piece)
	}
	if n := len(piece); piece[n-1] == '\n' {
		if n > 1 && piece[n-2] != '\r' || n == 1 && !m.cr {
			m.bareLF++
		}
	}
	m.cr = piece[len(piece)-1] == '\r'
}

// takeHeader is take for the header.
func (m *reading) takeHeader(piece []byte, first bool) {
	if first && endsHeader(piece) {
		m.inHeader = false
		m.mix(piece)
		return
	}
	if first && piece[0] != ' ' && piece[0] != '\t' {
		m.keep, m.leave = m.field(fieldName(piece))
		m.begun = len(m.head)
	}
	if m.keep {
		if len(m.head)+len(piece) > longestHead {
			m.head, m.full, m.keep = m.head[:m.begun], true, false
		} else {
			m.head = append(m.head, piece...)
		}
	}
	if !m.leave {
		m.mix(piece)
	}
}

// field tells of a header field whether we want to know it, and whether it
// stays out of the ID because programs change it when mail is read or stored.
func (m *reading) field(name string) (keep, leave bool) {
	switch name {
	case "message-id", "date", "from", "subject", "to":
		return true, false
	case "received":
		keep = !m.received
		m.received = true
		return keep, false
	case "status", "x-status", "x-mozilla-status", "x-mozilla-keys", "x-keywords", "x-imap":
		return true, true
	case "x-mozilla-status2", "content-length", "x-uid", "x-imapbase":
		return false, true
	}
	return false, false
}

// fieldName is the lower-case name of the field that begins with line, "" if
// it is none or longer than any we know.
func fieldName(line []byte) string {
	k := bytes.IndexByte(line[:min(len(line), 32)], ':')
	if k < 0 {
		return ""
	}
	return string(bytes.ToLower(bytes.TrimRight(line[:k], " \t")))
}

// mix adds p to the ID.
func (m *reading) mix(p []byte) {
	if len(m.pending)+len(p) > cap(m.pending) {
		m.hash.Write(m.pending)
		m.pending = m.pending[:0]
		if len(p) > cap(m.pending)/2 {
			m.hash.Write(p)
			return
		}
	}
	m.pending = append(m.pending, p...)
}

// digest ends the message and answers the bytes its ID is made of.
func (m *reading) digest() (d [16]byte) {
	m.hash.Write(m.pending)
	m.pending = m.pending[:0]
	copy(d[:], m.hash.Sum(m.sum[:0]))
	return d
}

// ident is zero where the header is too large to be looked at.
func (m *reading) ident() transfer.Ident {
	if m.full {
		return transfer.Ident{}
	}
	return transfer.Identify(m.head)
}
