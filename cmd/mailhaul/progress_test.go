package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestProgressCountsThisRunOnce(t *testing.T) {
	p := play(&plain{w: &bytes.Buffer{}})
	if p.toDo != 10 || p.done != 10 || p.toDoBytes != 1000 || p.bytes != 800 || p.doneFolder != 1 {
		t.Errorf("got %d of %d messages, %d bytes to do, %d copied, %d folders done; want 10 of 10, 1000, 800, 1",
			p.done, p.toDo, p.toDoBytes, p.bytes, p.doneFolder)
	}
}

// The percentage does not fall while folders are listed.
func TestTotalIsThePlan(t *testing.T) {
	p := newProgress()
	plan := event(transfer.EventPlan, "", 2, 5000)
	p.count(plan)
	p.count(event(transfer.EventFound, "", 10, 1000))
	if got := p.total(); got != 5000 {
		t.Errorf("got %d bytes to do, want the plan's 5000", got)
	}
	p.count(event(transfer.EventMessages, transfer.Present, 3, 0))
	if got := p.total(); got != 1000 {
		t.Errorf("got %d bytes to do when part of the plan is there, want the 1000 found", got)
	}
	p.count(event(transfer.EventMessages, transfer.Copied, 1, 100))
	if got := p.left(); got != 0 {
		t.Errorf("got %v left at the start, want no guess", got)
	}
}

// The time left is that of the mail, not of the sign-in; what was there before a
// resumed run is not counted as carried.
func TestTimeLeft(t *testing.T) {
	p := newProgress()
	now := time.Now()
	p.began, p.flow = now.Add(-5*time.Minute), stream{began: now.Add(-5 * time.Minute)}
	p.folders, p.toDo, p.done, p.toDoBytes = 1, 100, 20, 100<<20
	for i := range 20 {
		p.flow.add(now.Add(time.Duration(i-20)*time.Second), 1<<20)
		p.doneBytes += 1 << 20
	}
	p.flow.add(now, 0)
	if left := p.left(); left < 70*time.Second || left > 90*time.Second {
		t.Errorf("got %v left for 80 MiB at 1 MiB a second, want about 80 s", left)
	}
}

func TestFlow(t *testing.T) {
	began := time.Now()
	f := stream{began: began}
	for i := range 1000 {
		f.add(began.Add(time.Duration(i)*time.Second), 10)
	}
	sum := int64(0)
	for _, n := range f.steps {
		sum += n
	}
	if sum != 10000 || len(f.steps) > mostSteps || f.step != 12800*time.Millisecond {
		t.Errorf("got %d bytes in %d steps of %v, want 10000 in at most %d", sum, len(f.steps), f.step, mostSteps)
	}
	if rate := f.rate(began.Add(999 * time.Second)); rate < 9 || rate > 12 {
		t.Errorf("got %v bytes a second, want 10", rate)
	}
	if got := spark([]int64{0, 1, 4, 8}); got != " ▁▄█" && got != " ▂▅█" {
		t.Errorf("got %q", got)
	}
}
