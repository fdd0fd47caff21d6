package cut

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mailhaul/mailhaul/dest"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/mapping"
	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// trial is one point under way: an account, a checkpoint, a proxy.
type trial struct {
	*bench
	point
	kind   kind
	to     *server
	user   string // at the destination
	line   *mailtest.Line
	landed chan struct{} // closed when the late bytes may land
	land   func()        // closes it
	state  string
	runs   int    // begun
	proxy  string // address in place of the server's
}

// newTrial makes one; cut is false for a clean run.
func (b *bench) newTrial(p point, cut bool) (*trial, error) {
	tr := &trial{bench: b, point: p, to: b.servers[p.server], user: fmt.Sprintf("t%d", b.users.Add(1))}
	tr.kind, _ = kindOf(p.kind)
	tr.state = filepath.Join(b.dir, tr.user)
	backend := tr.to.addr
	switch p.side {
	case "imap":
		tr.to = b.plain
	case "pop3", "half":
		backend, tr.to = tr.to.pop3, b.plain
	}
	tr.landed = make(chan struct{})
	tr.land = sync.OnceFunc(func() { close(tr.landed) })
	line, err := mailtest.OpenProxy(backend, mailtest.ProxyOptions{Plan: func(conn int) mailtest.Plan {
		n := tr.kind.lost(conn/p.together(), p.n)
		if !cut || n == 0 {
			return mailtest.Plan{}
		}
		return tr.kind.plan(p.up, n, tr.landed)
	}})
	if err != nil {
		return nil, err
	}
	tr.line, tr.proxy = line, line.Addr
	if p.side == "half" {
		err = tr.fillHalf()
	}
	return tr, err
}

// fillHalf puts every other message at the destination: somebody else's, for all
// that the run knows. Headers are read then (TOP), and what is alike (RETR) twice.
func (tr *trial) fillHalf() error {
	var half []mailtest.Mail
	for i, m := range inOne(letters(tr.window)) {
		if i%2 == 0 {
			half = append(half, m)
		}
	}
	return mailtest.Fill(tr.to.addr, tr.user, half)
}

func (tr *trial) close() {
	tr.land()
	tr.line.Close()
	tr.to.forget(tr.user)
	_ = os.RemoveAll(tr.state)
}

// end is how a run ended.
type end struct {
	report  transfer.Report
	err     error
	merging bool // the destination is such a server
}

// landInRetry lets the late bytes land when the retry has sent a part of what it
// will send, which is another one for each point.
func (tr *trial) landInRetry(over <-chan struct{}) {
	wanted := 500 + 13*tr.n%(1+tr.clean[tr.plainSeries()].Up)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	defer tr.land()
	for {
		select {
		case <-over:
			return
		case <-tick.C:
		}
		if all := tr.line.Traffic(); len(all) > 1 && all[len(all)-1].Up >= wanted {
			return
		}
	}
}

// run carries once, composed as the command copy composes it.
func (tr *trial) run(ctx context.Context) (e end) {
	if tr.runs++; tr.kind.landsAt(tr.n) == inTheRetry {
		over := make(chan struct{})
		var watch sync.WaitGroup
		watch.Go(func() { tr.landInRetry(over) })
		defer watch.Wait()
		defer close(over)
	} else {
		defer tr.land()
	}
	e.merging = tr.to.merging
	job, err := tr.job()
	if err != nil {
		return end{err: err}
	}
	log, err := checkpoint.Open(ctx, checkpoint.Options{Dir: tr.state, Sources: []string{job.Sources[0].Name}, Dest: job.Dest.Name})
	if err != nil {
		return end{err: err}
	}
	job.Checkpoint = log
	e.report, e.err = transfer.Run(ctx, job)
	if err := log.Close(); e.err == nil {
		e.err = err
	}
	return e
}

func (tr *trial) job() (job transfer.Job, err error) {
	scheme, from, to := "imap", tr.plain.addr, tr.to.addr
	if tr.atDest() {
		to = tr.proxy
	} else {
		scheme, from = strings.Replace(tr.side, "half", "pop3", 1), tr.proxy
	}
	rules, err := mapping.New(mapping.Rules{})
	if err != nil {
		return job, err
	}
	job = transfer.Job{Mapper: rules, Lanes: tr.lanes(), Window: tr.window, Settle: tr.kind.settle, TempDir: tr.dir}
	sourceAccess, err := tr.access(scheme, owner(tr.window, tr.side), from, !tr.atDest())
	if err != nil {
		return job, err
	}
	destAccess, err := tr.access("imap", tr.user, to, tr.atDest())
	if err != nil {
		return job, err
	}
	source, err := source.Open(sourceAccess)
	if err != nil {
		return job, err
	}
	job.Sources = []transfer.From{source}
	job.Dest, err = dest.Open(destAccess)
	return job, err
}

func (tr *trial) access(scheme, user, addr string, lost bool) (a dial.Access, err error) {
	a.Endpoint, err = dial.ParseEndpoint(scheme + "://" + user + "@" + addr + "?tls=none")
	a.Password = func(context.Context) (string, error) { return mailtest.Password, nil }
	a.Met = new(atomic.Bool)
	if a.Timeout = patience; lost && tr.runs == 1 {
		a.Timeout = tr.kind.silence
	}
	return a, err
}
