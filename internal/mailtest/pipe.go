package mailtest

import (
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// linger is how long an end that was closed in good order may take to hear of it.
const linger = 500 * time.Millisecond

// pipe is one proxied connection:
//
//	client --take--> up (pieces, each with its time) --pass--> server
//	client <--pass-- down                           <--take-- server
type pipe struct {
	client, server *net.TCPConn
	plan           Plan
	delay          time.Duration

	cutting   sync.Once
	isCut     chan struct{} // the client's side is over
	cutAt     time.Time     // valid when isCut is closed
	leaving   sync.Once
	abandoned chan struct{} // the test is over
	over      chan struct{} // closed when both sides have ended
	mu        sync.Mutex
	traffic   Traffic
	heard     bool // the client heard from the server since it last sent
	idle      idle
	withheld  bool        // something was
	gone      bool        // nothing more comes from the client
	quiet     *time.Timer // runs from the first thing withheld on
}

// piece is what one read gave, and when it may go on.
type piece struct {
	bytes []byte
	due   time.Time
	mark  int // see idle
}

func newPipe(client *net.TCPConn, plan Plan, delay time.Duration) *pipe {
	return &pipe{client: client, plan: plan, delay: delay, heard: true,
		isCut: make(chan struct{}), abandoned: make(chan struct{}), over: make(chan struct{})}
}

func (p *pipe) run(backend string) {
	defer close(p.over)
	defer p.client.Close()
	if p.plan.Refuse {
		return
	}
	up, down := make(chan piece, 1024), make(chan piece, 1024)
	var all sync.WaitGroup
	// Far away a client may speak when SYN has gone there and come back; its ACK
	// tells the server of it.
	began := time.Now()
	p.wait(began.Add(2*p.delay), nil)
	all.Go(func() { p.takeUp(up) })
	p.wait(began.Add(3*p.delay), nil)
	conn, err := net.DialTimeout("tcp", backend, 5*time.Second)
	if err != nil {
		_ = p.client.Close()
		p.abandon()
		all.Wait()
		return
	}
	p.server = conn.(*net.TCPConn)
	defer p.server.Close()
	all.Go(func() { p.passUp(up) })
	all.Go(func() { p.takeDown(down) })
	all.Go(func() { p.passDown(down) })
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
	case <-p.abandoned:
		_ = p.client.Close()
		_ = p.server.Close()
		<-done
	}
}

// cut ends the client's side at once.
func (p *pipe) cut() {
	p.cutting.Do(func() {
		p.cutAt = time.Now()
		p.mu.Lock()
		p.traffic.Cut = p.cutAt
		p.mu.Unlock()
		close(p.isCut)
		if p.plan.Reset {
			_ = p.client.SetLinger(0)
			_ = p.client.Close()
			return
		}
		_ = p.client.CloseWrite()
		_ = p.client.SetReadDeadline(time.Now()) // takeUp wakes up
	})
}

// abandon ends everything, without a thought for what is under way.
func (p *pipe) abandon() { p.leaving.Do(func() { close(p.abandoned) }) }

func (p *pipe) takeUp(to chan<- piece) {
	p.read(p.client, to, p.taken)
	p.mu.Lock()
	p.gone = true
	stuck := p.withheld
	p.mu.Unlock()
	if stuck {
		p.cut() // by the client itself
	}
	if over(p.isCut) && !p.plan.Reset {
		// A close with bytes unread would reset the connection, and the client
		// could lose what it was given.
		_ = p.client.SetReadDeadline(time.Now().Add(linger))
		_, _ = io.Copy(io.Discard, p.client)
		_ = p.client.Close()
	}
}

// taken counts what came from the client and gives what is to be passed on.
func (p *pipe) taken(b []byte) ([]byte, int) {
	p.mu.Lock()
	limit := p.plan.Up.CutAfter
	cut := limit > 0 && p.traffic.Up+int64(len(b)) >= limit
	if cut {
		b = b[:limit-p.traffic.Up]
	}
	p.traffic.Up += int64(len(b))
	if p.heard {
		p.heard = false
		p.traffic.Turns++
	}
	mark := p.idle.sent()
	if p.quiet != nil {
		p.quiet.Reset(p.plan.Quiet)
	}
	p.mu.Unlock()
	if cut {
		p.cut()
	}
	return b, mark
}

func (p *pipe) takeDown(to chan<- piece) {
	p.read(p.server, to, func(b []byte) ([]byte, int) {
		p.mu.Lock()
		defer p.mu.Unlock()
		return b, p.idle.answered()
	})
}

// read gives on what comes in until the end or the cut; the server is read on
// then, to its end.
func (p *pipe) read(from net.Conn, to chan<- piece, count func([]byte) ([]byte, int)) {
	defer close(to)
	room := make([]byte, 32<<10)
	for {
		n, err := from.Read(room)
		if from == net.Conn(p.client) && over(p.isCut) {
			return
		}
		if n > 0 {
			b, mark := count(slices.Clone(room[:n]))
			select {
			case to <- piece{b, time.Now().Add(p.delay), mark}:
			case <-p.abandoned:
				return
			}
		}
		if err != nil || from == net.Conn(p.client) && over(p.isCut) {
			return
		}
	}
}

// passUp gives the server what the client sent, also after the cut, if late.
func (p *pipe) passUp(from <-chan piece) {
	defer func() {
		if p.plan.ResetServer && over(p.isCut) {
			_ = p.server.SetLinger(0)
			_ = p.server.Close()
		}
		_ = p.server.CloseWrite()
	}()
	var passed int64
	for c := range from {
		p.wait(c.due, nil)
		p.mu.Lock()
		p.idle.arrived(c.mark)
		p.mu.Unlock()
		free, held := split(c.bytes, passed, p.plan.Up.StallAfter)
		if p.plan.Late > 0 && p.isWithheld() {
			free, held = nil, c.bytes
		}
		passed += int64(len(c.bytes))
		if len(free) > 0 {
			p.deliver(free)
		}
		if len(held) == 0 {
			continue
		}
		p.withhold()
		select {
		case <-p.isCut:
		case <-p.abandoned:
		}
		if p.plan.Late > 0 {
			p.deliver(held)
		}
	}
}

// passDown gives the client what the server sent, until the cut.
func (p *pipe) passDown(from <-chan piece) {
	var passed int64
	free := time.Now() // for the next piece, at the plan's rate
	for c := range from {
		p.wait(c.due, p.isCut)
		p.wait(free, p.isCut)
		if rate := p.plan.Down.Rate; rate > 0 {
			free = time.Now().Add(time.Duration(len(c.bytes)) * time.Second / time.Duration(rate))
		}
		if over(p.isCut) {
			continue
		}
		first, held := split(c.bytes, passed, p.plan.Down.StallAfter)
		first, beyond := split(first, passed, p.plan.Down.CutAfter)
		p.give(first, c.mark)
		passed += int64(len(c.bytes))
		if limit := p.plan.Down.CutAfter; len(beyond) > 0 || limit > 0 && p.count().Down == limit {
			p.cut()
		}
		if len(held) > 0 {
			p.withhold()
			select {
			case <-p.isCut:
			case <-p.abandoned:
			}
		}
	}
	if !over(p.isCut) {
		_ = p.client.CloseWrite()
	}
}

// give counts first: who has read it may ask at once.
func (p *pipe) give(b []byte, mark int) {
	p.mu.Lock()
	p.idle.heard(mark)
	p.traffic.Down += int64(len(b))
	p.heard = p.heard || len(b) > 0
	p.mu.Unlock()
	_, _ = p.client.Write(b)
}

func (p *pipe) count() Traffic {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.traffic.Waits = p.idle.waits
	return p.traffic
}

// wait returns when it is time, or the test is over, or sooner happens.
func (p *pipe) wait(until time.Time, sooner <-chan struct{}) {
	left := time.Until(until)
	if left <= 0 {
		return
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-sooner:
	case <-p.abandoned:
	}
}

// split parts b, which begins after passed bytes, at the limit; 0 is no limit.
func split(b []byte, passed, limit int64) (before, after []byte) {
	if limit == 0 {
		return b, nil
	}
	n := min(max(limit-passed, 0), int64(len(b)))
	return b[:n], b[n:]
}

func over(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
