package mbox

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"io/fs"
	"math"
	"slices"
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
	flags flagSet
	rare  bool // there is an extra
}

// extra is what only few messages have.
type extra struct {
	keywords []transfer.Flag
	nth      int   // the how many-th message with the same ID, from 2
	grow     int64 // where entry.grow is too small
}

// index is one folder's messages, in the order of the file.
type index struct {
	entries slab[entry]
	extras  map[int]extra
	byID    []int32 // positions, by id and then by place
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
	x := extra{keywords: s.keywords}
	if e.grow = int32(grow); int64(e.grow) != grow {
		x.grow = grow
	}
	if len(s.keywords) > 0 || x.grow != 0 {
		ix.setExtra(ix.entries.len(), x)
		e.rare = true
	}
	ix.entries.add(e)
}

func (ix *index) setExtra(i int, x extra) {
	if ix.extras == nil {
		ix.extras = map[int]extra{}
	}
	ix.extras[i] = x
}

// seal sorts the IDs and counts equal ones.
func (ix *index) seal() {
	ix.byID = make([]int32, ix.entries.len())
	for i := range ix.byID {
		ix.byID[i] = int32(i)
	}
	slices.SortFunc(ix.byID, func(a, b int32) int {
		if c := bytes.Compare(ix.entries.at(int(a)).id[:], ix.entries.at(int(b)).id[:]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	nth := 1
	for k := 1; k < len(ix.byID); k++ {
		i := int(ix.byID[k])
		if ix.entries.at(i).id != ix.entries.at(int(ix.byID[k-1])).id {
			nth = 1
			continue
		}
		nth++
		x := ix.extras[i]
		x.nth = nth
		ix.setExtra(i, x)
		ix.entries.at(i).rare = true
	}
}

// find answers the position of a message, -1 if it is not there.
func (ix *index) find(id string) int {
	digits, count, twin := strings.Cut(id, "#")
	nth := 1
	if twin {
		nth, _ = strconv.Atoi(count)
	}
	want, err := hex.DecodeString(digits)
	if err != nil || len(want) != 16 || nth < 1 {
		return -1
	}
	k, _ := slices.BinarySearchFunc(ix.byID, want, func(i int32, want []byte) int {
		return bytes.Compare(ix.entries.at(int(i)).id[:], want)
	})
	if k += nth - 1; k >= len(ix.byID) {
		return -1
	}
	i := int(ix.byID[k])
	if ix.name(i) != id {
		return -1
	}
	return i
}

// name is the message's ID: it depends on nothing but its bytes, so it stays
// when the file grows, is compacted or rewritten.
func (ix *index) name(i int) string {
	s := hex.EncodeToString(ix.entries.at(i).id[:])
	if ix.entries.at(i).rare {
		if n := ix.extras[i].nth; n > 1 {
			s += "#" + strconv.Itoa(n)
		}
	}
	return s
}

// message is the i-th message as the flow wants it.
func (ix *index) message(i int) transfer.Message {
	e := ix.entries.at(i)
	var x extra
	if e.rare {
		x = ix.extras[i]
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
		ID:    ix.name(i),
		Date:  time.Unix(int64(e.date), 0).In(zone),
		Flags: e.flags.list(x.keywords),
		Size:  e.raw + grow,
		Ident: e.ident,
	}
}
