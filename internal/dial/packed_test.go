package dial

import (
	"bytes"
	"errors"
	"net"
	"testing"
)

// sink is a connection that keeps what is written.
type sink struct {
	net.Conn
	writes [][]byte
	err    error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	s.writes = append(s.writes, bytes.Clone(p))
	return len(p), nil
}

func TestPackedLeavesTogether(t *testing.T) {
	wire := &sink{}
	p := newPacked(wire)
	record := bytes.Repeat([]byte("r"), 16<<10)
	if _, err := p.Write(record); err != nil || len(wire.writes) != 1 {
		t.Fatalf("got %d writes, %v, want what is not held to leave at once", len(wire.writes), err)
	}
	p.hold()
	for range 6 {
		if n, err := p.Write(record); n != len(record) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := p.release(); err != nil {
		t.Fatal(err)
	}
	if len(wire.writes) != 3 || len(wire.writes[1]) != 4*len(record) || len(wire.writes[2]) != 2*len(record) {
		t.Errorf("got %d writes, want one of four records and one of two after the first", len(wire.writes))
	}
	if err := p.release(); err != nil || len(wire.writes) != 3 {
		t.Errorf("got %d writes, %v, want nothing left", len(wire.writes), err)
	}
}

// TestPackedStaysBroken: behind a record that is lost no other may follow.
func TestPackedStaysBroken(t *testing.T) {
	lost := errors.New("lost")
	wire := &sink{err: lost}
	p := newPacked(wire)
	p.hold()
	if _, err := p.Write([]byte("record")); err != nil {
		t.Fatal(err)
	}
	if err := p.release(); !errors.Is(err, lost) {
		t.Fatalf("got %v, want the wire's error", err)
	}
	wire.err = nil
	p.hold()
	if _, err := p.Write([]byte("next")); !errors.Is(err, lost) {
		t.Errorf("got %v, want the wire's error", err)
	}
	if err := p.release(); !errors.Is(err, lost) || len(wire.writes) > 0 {
		t.Errorf("got %v and %d writes, want none", err, len(wire.writes))
	}
}
