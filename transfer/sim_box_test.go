package transfer_test

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// simBox is one folder of the destination.
type simBox struct {
	path     []string
	epoch    string
	next     uint32
	messages []*simStored
	remade   bool      // UIDs of another folder of that name are about
	looked   time.Time // when a session last listed it
}

// unseen reports whether one with those bytes landed when no run could see it.
func (b *simBox) unseen(d transfer.Digest) bool {
	return slices.ContainsFunc(b.messages, func(m *simStored) bool { return m.unseen && m.digest == d })
}

// strays counts those with these bytes whose receipt was lost.
func (b *simBox) strays(d transfer.Digest) (n int) {
	for _, m := range b.messages {
		if m.stray && m.digest == d {
			n++
		}
	}
	return n
}

// late counts those with these bytes that landed after their line was lost.
func (b *simBox) late(d transfer.Digest) (n int) {
	for _, m := range b.messages {
		if m.late && m.digest == d {
			n++
		}
	}
	return n
}

// simStored is one message at the destination.
type simStored struct {
	uid    uint32
	body   []byte
	digest transfer.Digest
	of     transfer.Digest // of a source's message that it is, come by another way; zero if none
	flags  []transfer.Flag
	date   time.Time
	ours   bool // appended by us, and where we put it
	stray  bool // its receipt was lost, or the record of that may be
	late   bool // it landed so long after its line was lost that it may have been sent again
	landed time.Time
	// sure: a run that knew of it has ended well.
	sure bool
	// unseen: it landed late, and after the run had looked for the last time.
	unseen bool
}

// digests are those of the messages that it may stand for.
func (m *simStored) digests() []transfer.Digest {
	if m.of == (transfer.Digest{}) {
		return []transfer.Digest{m.digest}
	}
	return []transfer.Digest{m.digest, m.of}
}

func (m *simStored) String() string {
	return fmt.Sprintf("uid %d (%x, %d bytes, %s)", m.uid, m.digest[:3], len(m.body), m.date.Format("060102-150405"))
}

func (m simStored) message() transfer.Message {
	return transfer.Message{UID: m.uid, Date: m.date, Flags: slices.Clone(m.flags), Size: int64(len(m.body)), Ident: transfer.Identify(m.body)}
}

// simCanonical is the form that [transfer.Digest] describes.
func simCanonical(p []byte) []byte {
	var out []byte
	for i := bytes.IndexByte(p, '\n'); i >= 0; i = bytes.IndexByte(p, '\n') {
		out = append(append(out, bytes.TrimRight(p[:i], "\r")...), "\r\n"...)
		p = p[i+1:]
	}
	out = append(out, bytes.TrimRight(p, "\r")...)
	return bytes.ReplaceAll(out, []byte{0}, []byte{0x80})
}
