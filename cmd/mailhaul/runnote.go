package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
)

// notePath is where the note of the job with that checkpoint is.
func notePath(checkpoint string) string {
	return strings.TrimSuffix(checkpoint, filepath.Ext(checkpoint)) + ".run.json"
}

// readNote reads that of a checkpoint; nil if there is none that can be read.
func readNote(checkpoint string) *runNote { return readNoteAt(notePath(checkpoint)) }

func readNoteAt(path string) *runNote {
	text, err := os.ReadFile(path)
	n := &runNote{}
	if err != nil || json.Unmarshal(text, n) != nil {
		return nil
	}
	return n
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
	before *runNote
}

// hold begins to write, once the job is this run's. It reads at once: now everybody
// waits for the servers, at the end for this.
func (v *recorder) hold(checkpoint string) {
	path := notePath(checkpoint)
	v.held.Store(&heldNote{path, readNoteAt(path)})
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

// begin takes over what is known of earlier runs.
func (v *recorder) begin(before *runNote, p *progress) {
	if v.last = p; v.note.PID != 0 {
		return
	}
	v.note = runNote{PID: os.Getpid(), Started: p.began}
	if before == nil {
		return
	}
	v.note.Flow, v.note.Earlier = before.Flow, before.Earlier
	if before.End != nil {
		v.note.Earlier = append(v.note.Earlier, before.past())
	}
	if more := len(v.note.Earlier) - keptRuns; more > 0 {
		v.note.Earlier = v.note.Earlier[more:]
	}
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
	v.begin(held.before, v.last)
	v.note.Updated, v.note.Over, v.note.picture = time.Now(), true, v.last.picture()
	v.note.Work, v.note.Waits, v.note.Left = nil, nil, 0
	v.keepFlow(v.last)
	v.note.End = &runEnd{
		Exit: code, Seconds: r.Took.Seconds(), Tally: tallyNote(r.Tally),
		Notes: r.Notes[:min(len(r.Notes), keptNotes)], Flaws: r.Flaws[:min(len(r.Flaws), keptNotes)],
	}
	if why != nil {
		v.note.End.Error = why.Error()
	}
	for _, f := range r.Folders {
		if f.Err != nil && len(v.note.End.Failed) < keptNotes {
			v.note.End.Failed = append(v.note.End.Failed, failedFolder{f.From, f.Err.Error(), hintOf(f.Err)})
		}
	}
	_ = v.note.write(held.path)
}
