package main

import (
	"fmt"
	"io"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// plainPace is how often a line is written where there is no terminal.
const plainPace = 30 * time.Second

const stoppingText = "stopping: waiting for what is on its way (a second Ctrl-C ends at once)"

// plain writes lines, for logs and for terminals that want no bar.
type plain struct {
	w       io.Writer
	verbose int
	silent  bool      // no lines of progress, only what happened
	ask     io.Writer // where a line goes that was asked for; nil is w
	last    time.Time
	alike   alike
}

func (v *plain) see(e transfer.Event, p *progress) {
	if v.last.IsZero() {
		v.last = p.began
	}
	if v.alike.enough(e) && v.verbose == 0 {
		return
	}
	if text := sentence(e, v.verbose); text != "" {
		fmt.Fprintf(v.w, "mailhaul: %s\n", text)
	}
}

func (v *plain) tick(p *progress) {
	if v.silent || p.folders == 0 || time.Since(v.last) < plainPace {
		return
	}
	v.last = time.Now()
	fmt.Fprintln(v.w, plainLine(v.last, p))
}

// plainLine is the state of a run in one line.
func plainLine(now time.Time, p *progress) string {
	if p.folders == 0 {
		return now.UTC().Format(time.RFC3339) + " looking at the folders of both sides"
	}
	line := fmt.Sprintf("%s folder %d/%d %s, %s/%s messages, %s copied, %s/s",
		now.UTC().Format(time.RFC3339), p.number(), p.folders, Safe(p.latest),
		formatCount(p.done), formatCount(p.toDo), formatSize(p.bytes), formatSize(int64(p.rate())))
	if left := p.left(); left > 0 {
		line += ", " + left.Round(time.Second).String() + " left"
	}
	return line
}

func (v *plain) asked(p *progress) {
	w := v.w
	if v.ask != nil {
		w = v.ask
	}
	fmt.Fprintln(w, plainLine(time.Now(), p))
}

func (v *plain) stopping() { fmt.Fprintf(v.w, "mailhaul: %s\n", stoppingText) }

func (v *plain) end(*progress) {
	if v.verbose > 0 {
		return
	}
	for _, text := range v.alike.rest() {
		fmt.Fprintf(v.w, "mailhaul: %s\n", text)
	}
}
