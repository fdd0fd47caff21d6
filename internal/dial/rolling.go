package dial

import (
	"net"
	"sync/atomic"
	"time"
)

// writePiece is how much is given to the system under one deadline, in bytes:
// at 1 KB/s it passes within the default timeout.
const writePiece = 32 << 10

// goodbye is how long Close may wait for the closing alert of TLS to leave.
const goodbye = time.Second

// rolling is the plain connection. Each read and each piece written has a
// deadline of its own; what gets written also gives a waiting read more time,
// for the server may be silent as long as we upload. Everything is counted. TLS
// runs over it, and its own deadlines have no effect.
type rolling struct {
	net.Conn
	timeout  time.Duration
	greeting time.Duration // instead of timeout until the server has greeted
	greeted  atomic.Bool
	closing  atomic.Bool
	in, out  atomic.Int64
}

func (r *rolling) Read(p []byte) (int, error) {
	if err := r.Conn.SetReadDeadline(r.deadline()); err != nil {
		return 0, err
	}
	n, err := r.Conn.Read(p)
	r.in.Add(int64(n))
	return n, err
}

func (r *rolling) Write(p []byte) (int, error) {
	total := 0
	for {
		piece := p[total:min(len(p), total+writePiece)]
		if err := r.Conn.SetWriteDeadline(r.deadline()); err != nil {
			return total, err
		}
		n, err := r.Conn.Write(piece)
		r.out.Add(int64(n))
		total += n
		if err == nil {
			err = r.Conn.SetReadDeadline(r.deadline())
		}
		if err != nil || total == len(p) {
			return total, err
		}
	}
}

func (r *rolling) deadline() time.Time {
	switch {
	case r.closing.Load():
		return time.Now().Add(goodbye)
	case !r.greeted.Load():
		return time.Now().Add(r.greeting)
	}
	return time.Now().Add(r.timeout)
}

func (r *rolling) SetDeadline(time.Time) error      { return nil }
func (r *rolling) SetReadDeadline(time.Time) error  { return nil }
func (r *rolling) SetWriteDeadline(time.Time) error { return nil }
