package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/mailhaul/mailhaul/transfer"
)

// barPace is how often the bar is drawn at most.
const barPace = 100 * time.Millisecond

// bar draws the whole job as one line at the foot of the terminal: bytes with
// rate and the time left. What else is said is written above it.
type bar struct {
	w       io.Writer
	verbose int
	line    *progressbar.ProgressBar
	drawn   time.Time
}

func newBar(w io.Writer, verbose int) *bar { return &bar{w: w, verbose: verbose} }

func (v *bar) see(e transfer.Event, p *progress) {
	if text := sentence(e, v.verbose); text != "" {
		v.say("mailhaul: " + text)
	}
	switch e.Kind {
	case transfer.EventPlan, transfer.EventFolder, transfer.EventFound, transfer.EventMessages:
		if time.Since(v.drawn) >= barPace {
			v.draw(p)
		}
	}
}

func (v *bar) tick(p *progress) { v.draw(p) }

// draw shows where the job stands. The bar never gets full here: it would take
// itself for finished, while the next folder may bring more.
func (v *bar) draw(p *progress) {
	if p.folders == 0 || p.toDo == 0 {
		return
	}
	if v.line == nil {
		v.line = progressbar.NewOptions64(1,
			progressbar.OptionSetWriter(v.w),
			progressbar.OptionShowBytes(true),
			progressbar.OptionShowCount(),
			progressbar.OptionUseIECUnits(true),
			progressbar.OptionFullWidth(),
			progressbar.OptionUseANSICodes(true),
			progressbar.OptionSetTheme(progressbar.ThemeASCII),
		)
	}
	v.drawn = time.Now()
	v.line.Describe(description(p))
	v.line.ChangeMax64(max(p.toDoBytes, p.doneBytes+1))
	v.line.Set64(p.doneBytes)
}

// description says where the job is, short enough to leave room for the bar.
func description(p *progress) string {
	return fmt.Sprintf("folder %d/%d %s, %s/%s msgs", min(p.doneFolder+1, p.folders), p.folders,
		shorten(Safe(p.folder), 20), formatCount(p.done), formatCount(p.toDo))
}

// say writes a line above the bar.
func (v *bar) say(text string) {
	if v.line != nil {
		v.line.Clear()
	}
	fmt.Fprintln(v.w, text)
}

func (v *bar) stopping() { v.say("mailhaul: " + stoppingText) }

// end takes the bar away: the summary comes in its place.
func (v *bar) end(*progress) {
	if v.line != nil {
		v.line.Clear()
	}
}
