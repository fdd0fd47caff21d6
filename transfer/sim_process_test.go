package transfer_test

import (
	"context"
	"fmt"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// simProcess is one run of the program, which may be killed: nothing that it
// does afterwards reaches the world.
type simProcess struct {
	w       *simWorld
	cp      *transfertest.MemCheckpoint
	lines   []*simLine
	gone    chan struct{} // closed by kill
	killed  bool
	stop    context.CancelFunc
	stopped bool
	done    chan struct{} // closed when Run has returned
	started time.Time
	owing   bool // the run before has left records that are not durable
	report  transfer.Report
	err     error
}

// longest is how long a run may take on the fake clock.
const longest = 6 * time.Hour

// start begins a run.
func (w *simWorld) start(ctx context.Context) *simProcess {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs++
	p := &simProcess{w: w, cp: w.cp, gone: make(chan struct{}), done: make(chan struct{}), started: time.Now(), owing: w.cp.Lag() > 0}
	ctx, cancel := context.WithTimeout(ctx, longest)
	p.stop = func() { p.stopped = true; cancel() }
	w.process = p
	job := w.job
	job.Checkpoint = &simCheckpoint{MemCheckpoint: w.cp, process: p}
	job.Sources = nil
	for _, m := range w.mails {
		job.Sources = append(job.Sources, transfer.From{Name: m.name, Open: func(ctx context.Context) (transfer.Source, error) { return m.open(ctx, p) }})
	}
	job.Dest = transfer.To{Name: "dest", Open: func(ctx context.Context) (transfer.Dest, error) { return w.dest.open(ctx, p) }}
	w.tell("begins: %+v", w.weather)
	go func() {
		defer close(p.done)
		defer cancel()
		p.report, p.err = transfer.Run(ctx, job)
	}()
	return p
}

// wait waits until the run has ended or was killed.
func (p *simProcess) wait() {
	select {
	case <-p.done:
	case <-p.gone:
	}
}

// kill ends the process now, as kill -9 does: what it has written to its lines
// is still on them, and of what it has noted without making it durable any
// first part may have got to the disk. It is called under mu.
func (p *simProcess) kill() {
	if p.killed {
		return
	}
	p.killed = true
	w := p.w
	for _, b := range w.dest.boxes {
		for _, m := range b.messages {
			m.stray = m.stray || m.ours && (p.owing || !m.landed.Before(p.started))
		}
	}
	keep := w.dice.IntN(p.cp.Lag() + 1)
	w.tell("kill -9; of %d records that were not durable %d are kept", p.cp.Lag(), keep)
	w.cp = p.cp.CrashKeeping(keep)
	close(p.gone)
	for _, l := range p.lines {
		l.cut()
	}
}

// simCheckpoint is the checkpoint of one process, which dies with it.
type simCheckpoint struct {
	*transfertest.MemCheckpoint
	process *simProcess
}

// step is asked at every write: the process may be killed before or after it.
func (c *simCheckpoint) step(what string, do func() error) error {
	w := c.process.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.process.killed {
		return errSimDead
	}
	dies := w.weather.budget > 0 && w.chance(w.weather.kill)
	early := dies && w.dice.IntN(2) == 0
	var err error
	if !early {
		err = do()
	}
	if dies {
		w.tell("killed %s %s", map[bool]string{true: "before", false: "after"}[early], what)
		c.process.kill()
		return errSimDead
	}
	return err
}

func (c *simCheckpoint) Enter(ctx context.Context, source string, from, to transfer.Folder) (b transfer.Book, err error) {
	err = c.step("Enter", func() error { b, err = c.MemCheckpoint.Enter(ctx, source, from, to); return err })
	return b, err
}

func (c *simCheckpoint) Begin(ctx context.Context, win transfer.Window) error {
	return c.step("Begin", func() error {
		c.process.w.tell("window of %d for %s, base %d", len(win.Records), win.To.Name(), win.Base)
		return c.MemCheckpoint.Begin(ctx, win)
	})
}

func (c *simCheckpoint) Settle(ctx context.Context, rs []transfer.Record) error {
	return c.step("Settle", func() error {
		for _, r := range rs {
			c.process.w.tell("settles %s (%x) as %s, uid %d%s", r.ID, r.Digest[:3], r.Fate, r.UID, map[bool]string{true: ", resent"}[r.Resent])
		}
		return c.MemCheckpoint.Settle(ctx, rs)
	})
}

func (c *simCheckpoint) Claim(ctx context.Context, book int64, former transfer.Record, id string) error {
	return c.step("Claim", func() error {
		c.process.w.tell("claims the record of %s (%x, %s, uid %d) for %s", former.ID, former.Digest[:3], former.Fate, former.UID, id)
		return c.MemCheckpoint.Claim(ctx, book, former, id)
	})
}

func (c *simCheckpoint) Finish(ctx context.Context, book int64, state string, t transfer.Tally) error {
	return c.step("Finish", func() error { return c.MemCheckpoint.Finish(ctx, book, state, t) })
}

func (c *simCheckpoint) Sync(ctx context.Context) error {
	return c.step("Sync", func() error { return c.MemCheckpoint.Sync(ctx) })
}

// watch writes down what the run tells.
func (w *simWorld) watch(e transfer.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e.Kind {
	case transfer.EventNote, transfer.EventRefused:
		w.tell("told: %s", e.Text)
	case transfer.EventRetry:
		w.tell("told: tries again in %v: %v", e.Wait.Round(time.Millisecond), e.Err)
	case transfer.EventSettle:
		w.tell("told: waits %v for what may still land in %s", e.Wait.Round(time.Millisecond), e.Folder)
	case transfer.EventDone:
		w.tell("told: %s is done (%v)", e.From, e.Err)
	}
}

// clean tells whether the program would end in exit 0.
func (p *simProcess) clean() bool {
	if p.killed || p.err != nil || p.report.Limited || p.report.Tally.Refused > 0 || len(p.report.Flaws) > 0 {
		return false
	}
	for _, f := range p.report.Folders {
		if f.Err != nil {
			return false
		}
	}
	return true
}

func (p *simProcess) String() string {
	if p.killed {
		return "killed"
	}
	t := p.report.Tally
	return fmt.Sprintf("%d messages: %d copied %d present %d adopted %d skipped %d refused %d vanished %d merged, error %v",
		t.Messages, t.Copied, t.Present, t.Adopted, t.Skipped, t.Refused, t.Vanished, t.Merged, p.err)
}
