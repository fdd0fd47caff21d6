package dial

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// writePiece is how much is given to the system under one deadline, in bytes: at
// 273 bytes a second it passes within the default timeout.
const writePiece = 32 << 10

// minRate is how fast a line or a literal must come in, in bytes a second, over
// as long a time as nothing may move: a server that drips is no better than one
// that stands still. Complete lines and what we send begin the time anew.
const minRate = 100

// glance is how often a waiting read or write looks whether the machine slept.
const glance = 15 * time.Second

// goodbye is how long Close may wait for the closing alert of TLS to leave.
const goodbye = time.Second

var errAsleep = errors.New("the machine was asleep")

// rolling is the plain connection, whose reads and writes wait as long as
// something moves:
//
//   - A read waits until timeout is used up. Waiting uses it, each byte that
//     comes gives a hundredth of a second back, a complete line or a written
//     piece all of it: the server may be silent as long as we upload.
//   - A written piece has timeout to leave.
//
// How long a transfer takes in total does not matter. Everything is counted. TLS
// runs over it, and its own deadlines have no effect.
type rolling struct {
	net.Conn
	timeout  time.Duration
	greeting time.Duration // instead of timeout until the server has greeted
	nap      *nap
	greeted  atomic.Bool
	closing  atomic.Bool
	in, out  atomic.Int64

	moved atomic.Bool // a line came to its end, or a piece was written
	// Of the reading goroutine: what is used of the timeout, and since when
	// nothing at all has come.
	used, idle time.Duration
}

func (r *rolling) Read(p []byte) (int, error) {
	for {
		began, slept := r.nap.look()
		if slept {
			return 0, r.asleep()
		}
		r.renew()
		left := r.limit() - r.used
		if left <= 0 {
			return 0, os.ErrDeadlineExceeded
		}
		if err := r.Conn.SetReadDeadline(time.Now().Add(min(left, glance))); err != nil {
			return 0, err
		}
		n, err := r.Conn.Read(p)
		r.in.Add(int64(n))
		now, slept := r.nap.look()
		if slept {
			return 0, r.asleep()
		}
		r.use(now-began, n)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
	}
}

// use counts a read that took so long and brought n bytes.
func (r *rolling) use(took time.Duration, n int) {
	r.used += took
	r.idle += took
	if n > 0 {
		r.used = max(0, r.used-time.Duration(n)*time.Second/minRate)
		r.idle = 0
	}
	r.renew()
}

// fresh tells that the server got on by what is more than a few bytes.
func (r *rolling) fresh() { r.moved.Store(true) }

// renew gives the whole timeout if something has moved.
func (r *rolling) renew() {
	if r.moved.Load() && r.moved.Swap(false) {
		r.used, r.idle = 0, 0
	}
}

// drips reports that what ended a read was bytes coming too slowly.
func (r *rolling) drips() bool { return r.idle < r.limit() && r.used >= r.limit() }

func (r *rolling) Write(p []byte) (int, error) {
	total := 0
	for {
		n, err := r.piece(p[total:min(len(p), total+writePiece)])
		total += n
		if err != nil || total == len(p) {
			return total, err
		}
	}
}

// piece writes p, which is small, in one timeout.
func (r *rolling) piece(p []byte) (done int, err error) {
	began, slept := r.nap.look()
	for now := began; ; {
		if slept {
			return done, r.asleep()
		}
		left := r.limit() - (now - began)
		if left <= 0 {
			return done, os.ErrDeadlineExceeded
		}
		if err := r.Conn.SetWriteDeadline(time.Now().Add(min(left, glance))); err != nil {
			return done, err
		}
		n, err := r.Conn.Write(p[done:])
		done += n
		r.out.Add(int64(n))
		if err == nil {
			r.fresh()
			return done, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return done, err
		}
		now, slept = r.nap.look()
	}
}

// asleep gives the connection up, for whoever else waits for it too.
func (r *rolling) asleep() error {
	r.Conn.Close()
	return errAsleep
}

func (r *rolling) limit() time.Duration {
	switch {
	case r.closing.Load():
		return goodbye
	case !r.greeted.Load():
		return r.greeting
	}
	return r.timeout
}

func (r *rolling) SetDeadline(time.Time) error      { return nil }
func (r *rolling) SetReadDeadline(time.Time) error  { return nil }
func (r *rolling) SetWriteDeadline(time.Time) error { return nil }
