package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// runNote is what is written down beside the checkpoint of how a run goes and
// went: once a second while it is on, for mailhaul status, and at its end, for
// mailhaul report. Losing it loses nobody's mail.
type runNote struct {
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Updated time.Time `json:"updated"`
	Over    bool      `json:"over"`
	picture
	End *runEnd `json:"end,omitempty"`
	// Flow is what the run that carried most, carried over time: a later one that
	// brings a few new messages tells nothing of the line.
	Flow flowNote `json:"flow"`
	// Earlier are the runs before, the latest last.
	Earlier []pastRun `json:"earlier,omitempty"`
}

// runEnd is how a run ended.
type runEnd struct {
	Exit    int            `json:"exit"`
	Seconds float64        `json:"seconds"`
	Tally   tallyNote      `json:"tally"`
	Notes   []string       `json:"notes,omitempty"`
	Flaws   []string       `json:"flaws,omitempty"`
	Failed  []failedFolder `json:"failed,omitempty"`
	Error   string         `json:"error,omitempty"`
}

// tallyNote is a [transfer.Tally] as it is written down.
type tallyNote struct {
	Messages int   `json:"messages"`
	Copied   int   `json:"copied"`
	Present  int   `json:"present"`
	Adopted  int   `json:"adopted"`
	Skipped  int   `json:"skipped"`
	Refused  int   `json:"refused"`
	Vanished int   `json:"vanished"`
	Merged   int   `json:"merged"`
	Folders  int   `json:"folders"`
	Bytes    int64 `json:"bytes"`
}

// failedFolder is one that could not be finished.
type failedFolder struct {
	Folder string `json:"folder"`
	Text   string `json:"text"`
	Hint   string `json:"hint,omitempty"`
}

// flowNote is bytes in steps of so many seconds.
type flowNote struct {
	Started time.Time `json:"started"`
	Step    float64   `json:"step_seconds"`
	Bytes   []int64   `json:"bytes,omitempty"`
}

// pastRun is one that is over.
type pastRun struct {
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Copied  int       `json:"copied"`
	Bytes   int64     `json:"bytes"`
	Exit    int       `json:"exit"`
}

const (
	keptRuns  = 50
	keptNotes = 200
	longNote  = 64 << 10 // bytes from which on all lines become one again
)

var errLongNote = errors.New("it is to be written anew")

// notePath is where the note of the job with that checkpoint is.
func notePath(checkpoint string) string {
	return strings.TrimSuffix(checkpoint, filepath.Ext(checkpoint)) + ".run.json"
}

// readNote reads that of a checkpoint; nil if there is none that can be read.
func readNote(checkpoint string) *runNote { return readNoteAt(notePath(checkpoint)) }

// readNoteAt reads what stands there: a run's note, and one a line of those that
// came to no folder since. A line that was not written whole is left out.
func readNoteAt(path string) *runNote {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var last *runNote
	for line := range bytes.Lines(text) {
		n := &runNote{}
		if json.Unmarshal(line, n) == nil {
			n.follow(last)
			last = n
		}
	}
	return last
}

// follow takes over what is known of earlier runs.
func (n *runNote) follow(before *runNote) {
	if before == nil {
		return
	}
	if n.Flow.sum() <= before.Flow.sum() {
		n.Flow = before.Flow
	}
	n.Earlier = before.Earlier
	if before.End != nil {
		n.Earlier = append(n.Earlier, before.past())
	}
	if more := len(n.Earlier) - keptRuns; more > 0 {
		n.Earlier = n.Earlier[more:]
	}
}

// add puts it behind those that stand there, in one write: much less than to write
// them all anew. It fails where none are, or very many.
func (n *runNote) add(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	text, err := json.Marshal(n)
	if info, bad := f.Stat(); err == nil && (bad != nil || info.Size() > longNote) {
		err = errLongNote
	}
	if err == nil {
		_, err = f.Write(append([]byte("\n"), text...))
	}
	_ = f.Close()
	return err
}

// write puts it into its place, whole or not at all.
func (n *runNote) write(path string) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".mailhaul-*.tmp")
	if err != nil {
		return err
	}
	_, err = draft.Write(text)
	if bad := draft.Close(); err == nil {
		err = bad
	}
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		_ = os.Remove(draft.Name())
	}
	return err
}

// recorder is the viewer that writes the note. It does nothing before hold: until
// then the job may be another run's.
type recorder struct {
	held atomic.Pointer[heldNote]
	note runNote
	last *progress
}

// heldNote is where the note is, and what earlier runs have left there.
type heldNote struct {
	path   string
	before func() *runNote
}

// hold begins to write, once the job is this run's.
func (v *recorder) hold(checkpoint string) {
	path := notePath(checkpoint)
	v.held.Store(&heldNote{path, sync.OnceValue(func() *runNote { return readNoteAt(path) })})
}

func (v *recorder) see(e transfer.Event, p *progress) {
	if e.Kind == transfer.EventFolder && v.note.PID == 0 { // there is something to do
		v.tick(p)
	}
}

// tick writes how it goes. That it cannot is nothing to stop for.
func (v *recorder) tick(p *progress) {
	held := v.held.Load()
	if held == nil {
		return
	}
	v.begin(held.before, p)
	v.note.Updated, v.note.picture = time.Now(), p.picture()
	v.keepFlow(p)
	_ = v.note.write(held.path)
}

// keepFlow keeps this run's flow if no earlier run has carried more.
func (v *recorder) keepFlow(p *progress) {
	if flow := noteOf(p.flow); flow.Started.Equal(v.note.Flow.Started) || flow.sum() > v.note.Flow.sum() {
		v.note.Flow = flow
	}
}

// begin makes the note, behind what is known of earlier runs.
func (v *recorder) begin(before func() *runNote, p *progress) {
	if v.last = p; v.note.PID != 0 {
		return
	}
	v.note = runNote{PID: os.Getpid(), Started: p.began}
	v.note.follow(before())
}

func (n *runNote) past() pastRun {
	return pastRun{n.Started, n.End.Seconds, n.End.Tally.Copied, n.End.Tally.Bytes, n.End.Exit}
}

func noteOf(f stream) flowNote {
	return flowNote{Started: f.began, Step: f.step.Seconds(), Bytes: slices.Clone(f.steps)}
}

func (v *recorder) stopping() {}

func (v *recorder) end(p *progress) { v.last = p }

// conclude writes how it ended, after the last event.
func (v *recorder) conclude(r transfer.Report, why error, code int) {
	held := v.held.Load()
	if held == nil || v.last == nil {
		return
	}
	short := v.note.PID == 0 // it came to no folder, and nothing of it is written
	v.begin(func() *runNote { return nil }, v.last)
	v.note.Updated, v.note.Over, v.note.picture = time.Now(), true, v.last.picture()
	v.note.Work, v.note.Waits, v.note.Left = nil, nil, 0
	v.keepFlow(v.last)
	v.note.End = endOf(r, why, code)
	if short && v.note.add(held.path) == nil {
		return
	}
	if short {
		v.note.follow(held.before())
	}
	_ = v.note.write(held.path)
}

func endOf(r transfer.Report, why error, code int) *runEnd {
	end := &runEnd{
		Exit: code, Seconds: r.Took.Seconds(), Tally: tallyNote(r.Tally),
		Notes: r.Notes[:min(len(r.Notes), keptNotes)], Flaws: r.Flaws[:min(len(r.Flaws), keptNotes)],
	}
	if why != nil {
		end.Error = why.Error()
	}
	for _, f := range r.Folders {
		if f.Err != nil && len(end.Failed) < keptNotes {
			end.Failed = append(end.Failed, failedFolder{f.From, f.Err.Error(), hintOf(f.Err)})
		}
	}
	return end
}
