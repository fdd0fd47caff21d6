package transfer

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"time"
)

// slip is one message of one side, waiting to be matched.
type slip struct {
	ident  Ident
	digest Digest // zero: not read
	size   int64  // of the canonical form where the digest is known, -1 if unknown
	when   int64  // Unix seconds, 0 if not known
	flags  string // as [flagKey] has them, translated
	own    string // the source's, where they differ from flags
	id     string
	at     uint32 // its number among verification.places
	left   bool   // out, by the user's filter
	twin   bool   // one of its identity is matched in its folder
	words  string // why its bytes could not be had
}

func (s *slip) date() time.Time {
	if s.when == 0 {
		return time.Time{}
	}
	return time.Unix(s.when, 0).UTC()
}

// identLot is the lot of a slip by who it is, lookLot by where it belongs and its size.
func identLot(s *slip) int { return int(s.ident[0]) % lots }

func lookLot(s *slip, place string) int {
	h := fnv.New32a()
	fmt.Fprint(h, place, s.size)
	return int(h.Sum32() % lots)
}

const (
	lots = 64
	// lotsFrom is how many slips are matched at once unless the audit says
	// otherwise. More are divided into lots.
	lotsFrom = 16384
	// lotBytes is how much of each lot waits in memory to be written, where few is
	// lotsFrom.
	lotBytes = 16 << 10
)

// pile holds the slips of one side, by lot: in memory while they are few, else
// in a temporary file that nobody else sees.
type pile struct {
	dir    string
	few    int // so many are matched at once, in memory
	n      int
	waits  [lots][]byte
	blocks [lots][]block
	file   *os.File
	end    int64
}

type block struct {
	from int64
	size int
}

func (v *verification) newPile() *pile {
	return &pile{dir: v.job.TempDir, few: cmp.Or(v.audit.InMemory, lotsFrom)}
}

// close ends it; it may be nil.
func (p *pile) close() {
	if p.file != nil {
		closeTemp(p.file)
		p.file = nil
	}
}

// add puts a slip into a lot.
func (p *pile) add(lot int, s *slip) error {
	p.n++
	p.waits[lot] = s.appendTo(p.waits[lot])
	first, last := lot, lot
	switch {
	case p.n <= p.few:
		return nil
	case p.n == p.few+1: // it has become large
		first, last = 0, lots-1
	}
	for i := first; i <= last; i++ {
		if len(p.waits[i]) >= min(lotBytes, p.few) {
			if err := p.write(i); err != nil {
				return &localError{fmt.Errorf("write a temporary file: %w", err)}
			}
		}
	}
	return nil
}

func (p *pile) write(lot int) (err error) {
	if p.file == nil {
		if p.file, err = os.CreateTemp(p.dir, "mailhaul-*"); err != nil {
			return err
		}
		unlinkTemp(p.file)
	}
	w := p.waits[lot]
	if _, err := p.file.WriteAt(w, p.end); err != nil {
		return err
	}
	p.blocks[lot] = append(p.blocks[lot], block{p.end, len(w)})
	p.end += int64(len(w))
	p.waits[lot] = w[:0]
	return nil
}

// each calls do with the slips of this pile and of another one, lot by lot: all
// that could match come together.
func (p *pile) each(other *pile, do func(as, bs []*slip) error) error {
	step := 1
	if p.n+other.n <= p.few {
		step = lots
	}
	for first := 0; first < lots; first += step {
		var both [2][]*slip
		for i, from := range [...]*pile{p, other} {
			for lot := first; lot < first+step; lot++ {
				var err error
				if both[i], err = from.take(both[i], lot); err != nil {
					return &localError{fmt.Errorf("read a temporary file: %w", err)}
				}
			}
		}
		if len(both[0])+len(both[1]) == 0 {
			continue
		}
		if err := do(both[0], both[1]); err != nil {
			return err
		}
	}
	return nil
}

// take appends the slips of a lot.
func (p *pile) take(to []*slip, lot int) ([]*slip, error) {
	var err error
	for _, b := range p.blocks[lot] {
		buf := make([]byte, b.size)
		if _, err := p.file.ReadAt(buf, b.from); err != nil {
			return nil, err
		}
		if to, err = readSlips(to, buf); err != nil {
			return nil, err
		}
	}
	return readSlips(to, p.waits[lot])
}

// reset empties it.
func (p *pile) reset() {
	p.n, p.end = 0, 0
	p.waits, p.blocks = [lots][]byte{}, [lots][]block{}
}

// appendTo writes a slip.
func (s *slip) appendTo(b []byte) []byte {
	var marks byte
	if s.digest != (Digest{}) {
		marks |= 1
	}
	if s.left {
		marks |= 2
	}
	if s.twin {
		marks |= 4
	}
	b = append(b, marks)
	b = append(b, s.ident[:]...)
	if marks&1 != 0 {
		b = append(b, s.digest[:]...)
	}
	b = binary.AppendVarint(b, s.size)
	b = binary.AppendVarint(b, s.when)
	b = binary.AppendUvarint(b, uint64(s.at))
	for _, text := range [...]string{s.id, s.flags, s.own, s.words} {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	return b
}

var errTornSlip = errors.New("it does not hold what was written")

// readSlips appends the slips in b.
func readSlips(to []*slip, b []byte) ([]*slip, error) {
	for len(b) > 0 {
		s := &slip{}
		r := slipReader{b: b[1:]}
		s.left, s.twin = b[0]&2 != 0, b[0]&4 != 0
		copy(s.ident[:], r.bytes(len(s.ident)))
		if b[0]&1 != 0 {
			copy(s.digest[:], r.bytes(len(s.digest)))
		}
		s.size, s.when, s.at = r.varint(), r.varint(), uint32(r.uvarint())
		for _, text := range [...]*string{&s.id, &s.flags, &s.own, &s.words} {
			*text = string(r.bytes(int(r.uvarint())))
		}
		if r.err != nil {
			return nil, r.err
		}
		to, b = append(to, s), r.b
	}
	return to, nil
}

// slipReader reads until something is wrong.
type slipReader struct {
	b   []byte
	err error
}

func (r *slipReader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.err, r.b = errTornSlip, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *slipReader) varint() int64 {
	x, n := binary.Varint(r.b)
	r.bytes(max(n, 0))
	if n <= 0 {
		r.err = io.ErrUnexpectedEOF
	}
	return x
}

func (r *slipReader) uvarint() uint64 {
	x, n := binary.Uvarint(r.b)
	r.bytes(max(n, 0))
	if n <= 0 {
		r.err = io.ErrUnexpectedEOF
	}
	return x
}
