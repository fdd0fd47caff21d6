package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// picture is how a run stands at one moment: what the live block shows, and what
// mailhaul status shows of a run in another terminal.
type picture struct {
	Folder    int              `json:"folder"` // which one it is at, from 1
	Folders   int              `json:"folders"`
	Work      []workPicture    `json:"work,omitempty"`
	Done      int              `json:"done"`
	ToDo      int              `json:"to_do"`
	DoneBytes int64            `json:"done_bytes"`
	Bytes     int64            `json:"bytes"` // to do in all
	Listed    bool             `json:"listed"`
	Rate      int64            `json:"rate"` // bytes a second
	Left      float64          `json:"left_seconds,omitempty"`
	Fates     map[string]int   `json:"fates,omitempty"`
	Waits     []waitingPicture `json:"waits,omitempty"`
	Recent    []int64          `json:"recent,omitempty"` // the latest minute
}

type workPicture struct {
	Folder string `json:"folder"`
	Done   int    `json:"done"`
	ToDo   int    `json:"to_do"`
}

type waitingPicture struct {
	Folder string    `json:"folder,omitempty"`
	Why    string    `json:"why"`
	Until  time.Time `json:"until"`
}

// sparkCells is how wide the drawing of the latest minute is.
const sparkCells = 12

func (p *progress) picture() picture {
	pic := picture{
		Folder: p.number(), Folders: p.folders, Done: p.done, ToDo: p.toDo, DoneBytes: p.doneBytes, Bytes: p.total(),
		Listed: p.listed(), Rate: int64(p.rate()), Left: p.left().Seconds(), Fates: map[string]int{}, Recent: p.flow.recent(sparkCells),
	}
	for _, f := range p.work {
		pic.Work = append(pic.Work, workPicture{f.to, f.done, f.toDo})
	}
	for fate, n := range p.fates {
		pic.Fates[string(fate)] = n
	}
	for _, w := range p.waits {
		pic.Waits = append(pic.Waits, waitingPicture{w.folder, w.why, w.until})
	}
	return pic
}

// percent is how much is done; never all of it, as the next folder may bring more.
func (pic picture) percent() int { return int(pic.DoneBytes * 100 / max(pic.Bytes, pic.DoneBytes+1)) }

// untilEnd is what is known of the time left, with a comma before it.
func (pic picture) untilEnd() string {
	if pic.Left <= 0 {
		return ""
	}
	left := (time.Duration(pic.Left * float64(time.Second))).Round(time.Second).String() + " left"
	if !pic.Listed {
		left = "at least " + left
	}
	return ", " + left
}

// sums is how much of how much, as much of it as fits into room columns.
func (pic picture) sums(room int) string {
	sum := formatSize(pic.DoneBytes) + " of " + formatSize(pic.Bytes)
	speed := ""
	if pic.Rate > 0 { // else it waits, or has not begun
		speed = ", " + formatSize(pic.Rate) + "/s"
	}
	drawn := ""
	if s := strings.TrimLeft(spark(pic.Recent), " "); s != "" {
		drawn = "  " + s
	}
	for _, text := range []string{
		sum + speed + pic.untilEnd() + drawn, sum + speed + pic.untilEnd(), sum + pic.untilEnd(), sum, "",
	} {
		if cells(text) <= room {
			return text
		}
	}
	return ""
}

// inWork tells the folders in work, room columns wide.
func (pic picture) inWork(room int) string {
	text := fmt.Sprintf("folder %d of %d", pic.Folder, pic.Folders)
	for _, w := range pic.Work {
		one := fmt.Sprintf(": %s %s/%s", squeeze(Safe(w.Folder), 24), formatCount(w.Done), formatCount(w.ToDo))
		if w.ToDo == 0 {
			one = ": " + squeeze(Safe(w.Folder), 24)
		}
		if strings.Contains(text, ":") {
			one = "," + one[1:]
		}
		if cells(text+one) > room {
			break
		}
		text += one
	}
	return clip(text, room)
}

// fateOrder is in what order fates are told.
var fateOrder = []transfer.Fate{
	transfer.Copied, transfer.Compared, transfer.Present, transfer.Adopted, transfer.Skipped, transfer.Merged, transfer.Vanished, transfer.Refused,
}

// counts tells the fates so far, room columns wide.
func (pic picture) counts(room int) string {
	var parts []string
	for _, fate := range fateOrder {
		if n := pic.Fates[string(fate)]; n > 0 {
			parts = append(parts, formatCount(n)+" "+string(fate))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return clip(strings.Join(parts, ", "), room)
}

// waiting tells what the run waits for, "" if it does not.
func (pic picture) waiting(now time.Time, room int) string {
	var told []string
	for _, w := range pic.Waits {
		left := w.Until.Sub(now)
		if left <= 0 {
			continue
		}
		text := fmt.Sprintf("%s, %s", Safe(w.Why), patience(left))
		if w.Folder != "" {
			text = Safe(w.Folder) + ": " + text
		}
		if !slices.Contains(told, text) {
			told = append(told, text)
		}
	}
	if len(told) == 0 {
		return ""
	}
	return clip("waiting "+strings.Join(told, "; "), room)
}

// patience writes 4 m 59 s.
func patience(d time.Duration) string {
	d = d.Round(time.Second)
	switch h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60; {
	case h > 0:
		return fmt.Sprintf("%d h %d m", h, m)
	case m > 0:
		return fmt.Sprintf("%d m %d s", m, s)
	default:
		return fmt.Sprintf("%d s", s)
	}
}

// lines is the block: a bar with sums, the folders in work, what became of the
// messages, what it waits for. All are safe, and narrower than columns.
func (pic picture) lines(now time.Time, columns int) (lines []string) {
	room := columns - 1 // the last column would break the line in some terminals
	add := func(text string) {
		if text != "" {
			lines = append(lines, text)
		}
	}
	if pic.Folders == 0 {
		add(clip("looking at the folders of both sides", room))
		if waits := pic.waiting(now, room-2); waits != "" {
			add("  " + waits)
		}
		return lines
	}
	add(barLine(pic, room))
	if room < 20 {
		return lines
	}
	add("  " + pic.inWork(room-2))
	if counts := pic.counts(room - 2); counts != "" {
		add("  " + counts)
	}
	if waits := pic.waiting(now, room-2); waits != "" {
		add("  " + waits)
	}
	return lines
}
