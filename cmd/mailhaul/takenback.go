package main

import (
	"fmt"
	"io"
	"time"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// undoneLine is one undo for programs.
type undoneLine struct {
	Begun    string `json:"begun"`
	Ended    string `json:"ended,omitempty"`
	Removed  int    `json:"removed"`
	Bytes    int64  `json:"bytes"`
	Released int    `json:"released"`
	Kept     int    `json:"kept"`
	Folders  int    `json:"removed_folders"`
}

func undoneLines(all []checkpoint.Undone) (lines []undoneLine) {
	for _, u := range all {
		line := undoneLine{stamp(u.Begun), "", u.Removed, u.Bytes, u.Released, u.Kept, u.Folders}
		if !u.Ended.IsZero() {
			line.Ended = stamp(u.Ended)
		}
		lines = append(lines, line)
	}
	return lines
}

// takenBack is the undo after which no run has begun, nil if there is none.
func takenBack(s checkpoint.Status) *checkpoint.Undone {
	if len(s.Undone) == 0 {
		return nil
	}
	if last := &s.Undone[len(s.Undone)-1]; !last.Begun.Before(s.Started) {
		return last
	}
	return nil
}

// undoneWords tell one undo in a sentence.
func undoneWords(u checkpoint.Undone) string {
	text := fmt.Sprintf("%s: %s removed, %s", when(u.Begun), messages(u.Removed), formatSize(u.Bytes))
	if u.Folders > 0 {
		text += " and " + counted(u.Folders, "folder")
	}
	if u.Released > 0 {
		text += fmt.Sprintf("; %s not counted any more, as they were there before or are gone", formatCount(u.Released))
	}
	if u.Kept > 0 {
		text += fmt.Sprintf("; %s stayed, as they were touched or others count them", formatCount(u.Kept))
	}
	if u.Ended.IsZero() {
		text += "; it was cut off: the same undo goes on"
	}
	return text
}

// undoneTexts are all of them, the latest first.
func undoneTexts(all []checkpoint.Undone) (texts []string) {
	for i := len(all) - 1; i >= 0; i-- {
		texts = append(texts, undoneWords(all[i]))
	}
	return texts
}

// stateUndone is the state of a job that was taken back last.
func stateUndone(s checkpoint.Status, u checkpoint.Undone) string {
	switch {
	case s.PID != 0:
		return fmt.Sprintf("being taken back (process %d), began %s", s.PID, when(u.Begun))
	case u.Ended.IsZero():
		return "an undo was cut off, last written " + when(s.Changed) + "; the same command goes on"
	}
	return "taken back " + when(u.Ended)
}

// showUndoneOf tells what was taken back of a job.
func showUndoneOf(w io.Writer, s checkpoint.Status) {
	for _, text := range undoneTexts(s.Undone) {
		fmt.Fprintf(w, "  taken back %s\n", text)
	}
}

// took is how long a flow lasted.
func (f flowNote) took() time.Duration {
	return time.Duration(float64(len(f.Bytes)) * f.Step * float64(time.Second))
}

// words are a flow in a sentence, "" if nothing flowed.
func (f flowNote) words() string {
	sum, whole := f.sum(), f.took()
	if sum == 0 || whole <= 0 {
		return ""
	}
	return fmt.Sprintf("%s in %s, %s/s on average, from %s", formatSize(sum), formatDuration(whole), formatSize(int64(float64(sum)/whole.Seconds())), when(f.Started))
}

func (f flowNote) sum() (sum int64) {
	for _, b := range f.Bytes {
		sum += b
	}
	return sum
}
