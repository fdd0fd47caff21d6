package mbox

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// entry is what we remember of a message: 64 bytes.
type entry struct {
	id    [16]byte
	ident transfer.Ident
	start int64  // offset of its first byte, after the From_ line
	raw   int64  // bytes in the file
	grow  int32  // how many more bytes come out
	date  uint32 // seconds since 1970
	from  uint16 // length of its From_ line
	zone  int16  // minutes east of UTC
	words uint16 // which of index.words
	flags flagSet
	rare  bool // there is an extra
}

// extra is what only few messages have: what is too much for an entry.
type extra struct {
	keywords []transfer.Flag
	grow     int64
}

// index is one folder's messages, in the order of the file.
type index struct {
	entries slab[entry]
	words   [][]transfer.Flag // keywords, each set once; the first is none
	wordsAt map[string]uint16
	extras  map[int]extra
	roster  roster
	// unquote: ">From " lines lose one ">".
	unquote bool
	size    int64       // of the stream, unzipped
	info    fs.FileInfo // what the file was like before it was read
	settled bool        // a change after the reading shows in info
	found   findings
}

// findings is what the user should know about a file.
type findings struct {
	doubts     int
	firstDoubt int64 // offset
	expunged   int
	pseudo     int
	bodily     int // messages without a header
	cramped    int // messages without a blank line before them
	inside     int // starts that stand inside messages by Content-Length
	unused     int // Content-Length fields that would swallow messages
}

// add appends a message that ends at the offset end.
func (ix *index) add(m *reading, end int64, when arrival) {
	s := readState(m.head)
	id := m.digest()
	switch {
	case s.pseudo && ix.entries.len() == 0:
		ix.found.pseudo++
		return
	case s.expunged:
		ix.found.expunged++
		return
	}
	date := when.of(m.fromDate, m.head)
	_, east := date.Zone()
	e := entry{id: id, ident: m.ident(), start: m.start, raw: end - m.start,
		date: uint32(date.Unix()), from: uint16(min(m.fromLen, math.MaxUint16)), zone: int16(east / 60), flags: s.flags}
	grow := m.bareLF
	if ix.unquote {
		grow -= m.quoted
	}
	var x extra
	var fits bool
	if e.words, fits = ix.wordsOf(s.keywords); !fits {
		x.keywords = s.keywords
	}
	if e.grow = int32(grow); int64(e.grow) != grow {
		x.grow = grow
	}
	if len(x.keywords) > 0 || x.grow != 0 {
		if ix.extras == nil {
			ix.extras = map[int]extra{}
		}
		ix.extras[ix.entries.len()], e.rare = x, true
	}
	ix.entries.add(e)
}

// wordsOf answers where in words a set of keywords is, and whether there is room.
func (ix *index) wordsOf(keywords []transfer.Flag) (at uint16, fits bool) {
	if len(keywords) == 0 {
		return 0, true
	}
	key := fmt.Sprintf("%q", keywords)
	at, known := ix.wordsAt[key]
	switch {
	case known:
		return at, true
	case ix.wordsAt == nil:
		ix.words, ix.wordsAt = make([][]transfer.Flag, 1), map[string]uint16{}
	case len(ix.words) > math.MaxUint16:
		return 0, false
	}
	at = uint16(len(ix.words))
	ix.words, ix.wordsAt[key] = append(ix.words, keywords), at
	return at, true
}

// seal ends the reading.
func (ix *index) seal() error {
	ix.roster = newRoster(&ix.entries)
	return ix.entries.failed()
}

// close gives back what the index has on the disk.
func (ix *index) close() { ix.entries.close() }

// find answers the position of a message, -1 if it is not there.
func (ix *index) find(id string) (int, error) {
	digits, count, twin := strings.Cut(id, "#")
	nth := 1
	if twin {
		nth, _ = strconv.Atoi(count)
	}
	var want [16]byte
	n, err := hex.Decode(want[:], []byte(digits[:min(len(digits), 2*len(want))]))
	if err != nil || len(digits) != 2*n || n != len(want) || nth < 1 {
		return -1, nil
	}
	i := ix.roster.find(want, nth)
	if i >= 0 && ix.name(i) != id { // written otherwise
		i = -1
	}
	return i, ix.entries.failed()
}

// name is the message's ID: it depends on nothing but its bytes, so it stays
// when the file grows, is compacted or rewritten.
func (ix *index) name(i int) string { return ix.nameOf(i, ix.entries.get(i).id) }

func (ix *index) nameOf(i int, id [16]byte) string {
	s := hex.EncodeToString(id[:])
	if nth := ix.roster.rank(i, id); nth > 1 {
		s += "#" + strconv.Itoa(nth)
	}
	return s
}

// message is the i-th message as the flow wants it.
func (ix *index) message(i int) (transfer.Message, error) {
	e := ix.entries.get(i)
	var x extra
	if e.rare {
		x = ix.extras[i]
	}
	if e.words > 0 {
		x.keywords = ix.words[e.words]
	}
	zone := time.UTC
	if e.zone != 0 {
		zone = time.FixedZone("", int(e.zone)*60)
	}
	grow := int64(e.grow)
	if x.grow != 0 {
		grow = x.grow
	}
	return transfer.Message{
		ID:    ix.nameOf(i, e.id),
		Date:  time.Unix(int64(e.date), 0).In(zone),
		Flags: e.flags.list(x.keywords),
		Size:  e.raw + grow,
		Ident: e.ident,
	}, ix.entries.failed()
}
