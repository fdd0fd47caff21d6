package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/mailhaul/mailhaul/transfer"
)

// barPace is how often the block is drawn at most.
const barPace = 100 * time.Millisecond

// barPatience is how long a run may look around before that is told.
const barPatience = time.Second

// What the bar needs beside its blocks ("  45% |" and "| "), how many blocks are
// worth drawing, and how many are enough.
const (
	barFrame = 9
	barLeast = 8
	barMost  = 40
)

// barText is a bar by itself, of so many blocks.
func barText(done, whole int64, blocks int) string {
	var frames bytes.Buffer // a new bar draws itself empty first: only the last frame counts
	line := progressbar.NewOptions64(whole,
		progressbar.OptionSetWriter(&frames),
		progressbar.OptionSetWidth(blocks),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionUseANSICodes(false),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
	)
	line.RenderBlank()
	line.Set64(done)
	text := strings.TrimRight(frames.String(), "\r ")
	return strings.TrimLeft(text[strings.LastIndexByte(text, '\r')+1:], " ")
}

// barLine is the bar with what is told beside it; without the bar where there is
// no room. It never gets full: the next folder may bring more.
func barLine(pic picture, room int) string {
	whole := max(pic.Bytes, pic.DoneBytes+1)
	percent := fmt.Sprintf("%d%%", pic.percent())
	for _, least := range []int{barMost, 20, barLeast} {
		text := pic.sums(room - barFrame - least)
		if !strings.Contains(text, "/s") && least > barLeast {
			continue // better a shorter bar than no word on the speed
		}
		if blocks := min(room-barFrame-cells(text), barMost); text != "" && blocks >= barLeast {
			return clip(barText(pic.DoneBytes, whole, blocks)+" "+text, room)
		}
	}
	for _, text := range []string{percent + " of " + formatSize(pic.Bytes) + pic.untilEnd(), percent + pic.untilEnd(), percent} {
		if cells(text) <= room {
			return text
		}
	}
	return ""
}

// bar draws the whole job as a block of few lines at the foot of the terminal, as
// wide as the terminal is at that moment. What else is said is written above it.
type bar struct {
	w       io.Writer
	verbose int
	color   bool
	columns func() int
	shown   []string // the lines that stand there now
	at      time.Time
	alike   alike
}

func newBar(w io.Writer, verbose int, color bool) *bar {
	return &bar{w: w, verbose: verbose, color: color, columns: func() int { return columns(w, 80) }}
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
		if time.Since(v.at) >= barPace {
			v.draw(p)
		}
	}
}

func (v *bar) tick(p *progress) { v.draw(p) }

// draw shows where the job stands.
func (v *bar) draw(p *progress) {
	if p.folders == 0 && time.Since(p.began) < barPatience || p.folders > 0 && p.toDo == 0 && len(p.waits) == 0 {
		return
	}
	v.at = time.Now()
	v.show(p.picture().lines(v.at, v.columns()))
}

// show writes the lines over those that stand there, in one piece: nothing is
// cleared that is written anew, so nothing flickers.
func (v *bar) show(lines []string) {
	var out strings.Builder
	out.WriteString(v.home())
	for _, line := range lines {
		out.WriteString(v.paint(line) + "\x1b[K\n")
	}
	if len(lines) < len(v.shown) {
		out.WriteString("\x1b[J")
	}
	io.WriteString(v.w, out.String())
	v.shown = lines
}

// home goes back to where the block begins. In a terminal that was made narrower
// its lines take several rows each.
func (v *bar) home() string {
	rows, room := 0, max(v.columns(), 1)
	for _, line := range v.shown {
		rows += max(1, (cells(line)+room-1)/room)
	}
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r", rows)
}

// paint gives colour to what waits and what was refused. All of it stands there
// in words, too.
func (v *bar) paint(line string) string {
	if v.color && (strings.HasPrefix(line, "  waiting ") || strings.HasSuffix(line, " "+string(transfer.Refused))) {
		return "\x1b[33m" + line + "\x1b[0m"
	}
	return line
}

// say writes a line above the block.
func (v *bar) say(text string) {
	lines := v.shown
	v.clear()
	fmt.Fprintln(v.w, text)
	v.show(lines)
}

// clear takes the block away.
func (v *bar) clear() {
	if len(v.shown) > 0 {
		io.WriteString(v.w, v.home()+"\x1b[J")
		v.shown = nil
	}
}

func (v *bar) stopping() { v.say("mailhaul: " + stoppingText) }

func (v *bar) asked(p *progress) { v.say(plainLine(time.Now(), p)) }

// end takes the block away: the summary comes in its place.
func (v *bar) end(*progress) {
	v.clear()
	if v.verbose > 0 {
		return
	}
	for _, text := range v.alike.rest() {
		fmt.Fprintf(v.w, "mailhaul: %s\n", text)
	}
}
