package transfer

import (
	"errors"
	"io"
)

// pieces is a body in memory, as the blocks hold it.
type pieces struct {
	parts [][]byte
	size  int64
	at    int64 // offset of the next read
}

// add appends p, which must not change afterwards.
func (p *pieces) add(b []byte) {
	if len(b) == 0 {
		return
	}
	p.size += int64(len(b))
	if n := len(p.parts); n > 0 { // the usual case: it goes on where the last one ended
		last := p.parts[n-1]
		if cap(last) > len(last) && &last[:len(last)+1][len(last)] == &b[0] {
			p.parts[n-1] = last[:len(last)+len(b)]
			return
		}
	}
	p.parts = append(p.parts, b)
}

// Read implements [io.Reader].
func (p *pieces) Read(b []byte) (int, error) {
	rest := p.rest()
	if len(rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, rest[0])
	p.at += int64(n)
	return n, nil
}

// WriteTo implements [io.WriterTo].
func (p *pieces) WriteTo(w io.Writer) (int64, error) {
	var done int64
	for _, part := range p.rest() {
		n, err := w.Write(part)
		done += int64(n)
		p.at += int64(n)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// Seek implements [io.Seeker].
func (p *pieces) Seek(offset int64, whence int) (int64, error) {
	return seek(&p.at, p.size, offset, whence)
}

// seek moves at, in a body of so many bytes, as [io.Seeker] has it.
func seek(at *int64, size, offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += *at
	case io.SeekEnd:
		offset += size
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning")
	}
	*at = offset
	return offset, nil
}

// rest is what comes from at on.
func (p *pieces) rest() [][]byte {
	skip := p.at
	for i, part := range p.parts {
		if skip < int64(len(part)) {
			out := append([][]byte{part[skip:]}, p.parts[i+1:]...)
			return out
		}
		skip -= int64(len(part))
	}
	return nil
}
