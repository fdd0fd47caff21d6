package mailtest

import "time"

// withhold notes that something stays here.
func (p *pipe) withhold() {
	p.mu.Lock()
	if !p.withheld && p.plan.Quiet > 0 {
		p.quiet = time.AfterFunc(p.plan.Quiet, p.cut)
	}
	p.withheld = true
	gone := p.gone
	p.mu.Unlock()
	if gone {
		p.cut()
	}
}

func (p *pipe) isWithheld() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.withheld
}

// deliver waits, if the connection was cut, until it is late enough.
func (p *pipe) deliver(b []byte) {
	late := over(p.isCut)
	if late {
		p.wait(p.cutAt.Add(p.plan.Late), nil)
		if p.plan.Release != nil {
			select {
			case <-p.plan.Release:
			case <-p.abandoned:
			}
		}
	}
	_, _ = p.server.Write(b)
	if late {
		p.mu.Lock()
		p.traffic.Landed = time.Now()
		p.mu.Unlock()
	}
}
