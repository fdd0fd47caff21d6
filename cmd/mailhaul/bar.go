package main

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/mailhaul/mailhaul/transfer"
)

// barPace is how often the bar is drawn at most.
const barPace = 100 * time.Millisecond

// What the bar needs beside its blocks ("  45% |" and "|  "), and how many
// blocks are worth drawing.
const (
	barFrame  = 10
	barBlocks = 8
)

// bar draws the whole job as one line at the foot of the terminal, as wide as
// the terminal is at that moment: where it is, rate, time left. What else is
// said is written above it.
type bar struct {
	w       io.Writer
	verbose int
	columns func() int
	line    *progressbar.ProgressBar
	frames  bytes.Buffer // what line draws; only its latest frame is shown
	blocks  int          // of line
	drawn   time.Time
	alike   alike
}

func newBar(w io.Writer, verbose int) *bar {
	return &bar{w: w, verbose: verbose, columns: func() int { return columns(w, 80) }}
}

func (v *bar) see(e transfer.Event, p *progress) {
	if v.alike.enough(e) && v.verbose == 0 {
		return
	}
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
	v.drawn = time.Now()
	whole := max(p.total(), p.doneBytes+1)
	room := v.columns() - 1 // the last column would break the line in some terminals
	text, blocks := layout(p, room)
	if blocks == 0 {
		v.clear()
		fmt.Fprint(v.w, narrow(p, whole, room))
		return
	}
	if v.line == nil || v.blocks != blocks {
		v.blocks, v.line = blocks, progressbar.NewOptions64(whole,
			progressbar.OptionSetWriter(&v.frames),
			progressbar.OptionSetWidth(blocks),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionUseANSICodes(true),
			progressbar.OptionSetTheme(progressbar.ThemeASCII),
		)
	}
	v.frames.Reset()
	v.line.Describe(text)
	v.line.ChangeMax64(whole)
	v.line.Set64(p.doneBytes)
	v.show()
}

// show shows the latest frame: a new bar draws itself empty first.
func (v *bar) show() {
	frames := bytes.TrimRight(v.frames.Bytes(), "\r")
	frames = frames[bytes.LastIndexByte(frames, '\r')+1:]
	if len(frames) > 0 {
		v.clear()
		v.w.Write(frames)
	}
}

// layout is the most that can be told in room columns beside a bar, and how many
// blocks that leaves it: 0 if there is no room for both.
func layout(p *progress, room int) (text string, blocks int) {
	number := fmt.Sprintf("%d/%d", min(p.doneFolder+1, p.folders), p.folders)
	name := Safe(p.folder)
	sum := formatSize(p.doneBytes) + "/" + formatSize(p.total())
	count := fmt.Sprintf("%s/%s msgs", formatCount(p.done), formatCount(p.toDo))
	speed := formatSize(int64(p.rate())) + "/s"
	for _, text := range []string{
		fmt.Sprintf("folder %s %s, %s, %s, %s%s", number, clip(name, 20), count, sum, speed, untilEnd(p)),
		fmt.Sprintf("folder %s %s, %s, %s%s", number, clip(name, 20), count, speed, untilEnd(p)),
		fmt.Sprintf("%s %s, %s, %s%s", number, clip(name, 12), count, speed, untilEnd(p)),
		fmt.Sprintf("%s %s, %s%s", number, clip(name, 12), sum, untilEnd(p)),
		sum + untilEnd(p),
		sum,
	} {
		if blocks = room - cells(text) - barFrame; blocks >= barBlocks {
			return text, blocks
		}
	}
	return "", 0
}

// narrow is what is told where there is no room for a bar.
func narrow(p *progress, whole int64, room int) string {
	percent := fmt.Sprintf("%d%%", p.doneBytes*100/whole)
	for _, text := range []string{
		percent + " of " + formatSize(p.total()) + untilEnd(p), percent + untilEnd(p), percent,
	} {
		if cells(text) <= room {
			return text
		}
	}
	return ""
}

func untilEnd(p *progress) string {
	if left := p.left(); left > 0 {
		return ", " + left.Round(time.Second).String() + " left"
	}
	return ""
}

// clear empties the line.
func (v *bar) clear() { io.WriteString(v.w, "\x1b[2K\r") }

// say writes a line above the bar.
func (v *bar) say(text string) {
	if !v.drawn.IsZero() {
		v.clear()
	}
	fmt.Fprintln(v.w, text)
}

func (v *bar) stopping() { v.say("mailhaul: " + stoppingText) }

// end takes the bar away: the summary comes in its place.
func (v *bar) end(*progress) {
	if !v.drawn.IsZero() {
		v.clear()
	}
	if v.verbose > 0 {
		return
	}
	for _, text := range v.alike.rest() {
		fmt.Fprintf(v.w, "mailhaul: %s\n", text)
	}
}
