package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// jobReport is all that a report tells of a job, whatever form it is written in.
// Its texts come from servers and mail: each form makes them safe in its way.
type jobReport struct {
	checkpoint.Status
	Sum      transfer.Tally // of all folders
	Open     int
	Doubtful int
	Years    []checkpoint.Year
	Note     *runNote // nil if no run of this program has left one
	Next     []nextStep
	Made     time.Time
	Proof    proof
}

// proof is the digest of the manifest of all that has arrived, "" if it was not
// made: while a run is on it would be that of a moment.
type proof struct {
	Digest   string `json:"digest"`
	Messages int    `json:"messages"`
}

// nextStep is what to do now; Command may be empty.
type nextStep struct {
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
}

// gather reads what is known of the job.
func (h *haul) gather(ctx context.Context, w *world, s checkpoint.Status) (*jobReport, error) {
	years, err := checkpoint.ReadYears(s.Path)
	if err != nil {
		return nil, stateError(err)
	}
	a := &jobReport{Status: s, Years: years, Note: readNote(s.Path), Made: time.Now()}
	if takenBack(s) != nil { // of most folders nothing is left to be told
		a.Folders = slices.DeleteFunc(a.Folders, func(f checkpoint.FolderStatus) bool { return f.Recorded.Messages == 0 })
	}
	a.Sum, a.Open = total(s)
	for _, f := range s.Folders {
		a.Doubtful += f.Doubtful
		a.Sum.Skipped += f.Last.Skipped
	}
	if s.PID == 0 {
		if a.Proof.Digest, a.Proof.Messages, err = h.writeManifest(ctx, io.Discard); err != nil {
			return nil, err
		}
	}
	a.Next = h.nextSteps(w, a)
	return a, nil
}

// end is how the latest run ended, nil if nobody knows.
func (a *jobReport) end() *runEnd {
	if a.Note == nil || !a.Note.Over {
		return nil
	}
	return a.Note.End
}

// mood is how good it looks.
type mood string

const (
	allWell  mood = "good" // all there
	underWay mood = "busy" // a run is on
	halfDone mood = "part" // to be gone on with
	withLoss mood = "warn" // done, but not all could be carried
	inDanger mood = "fail" // needs somebody to do something
)

// verdict is the one thing to know, and how good it looks.
func (a *jobReport) verdict() (mood, string) {
	end := a.end()
	switch {
	case takenBack(a.Status) != nil:
		return a.undone(*takenBack(a.Status))
	case a.PID != 0:
		return underWay, "A run is on."
	case a.Ended.IsZero():
		return halfDone, "The last run was cut off. Nothing is lost: the same command goes on from there."
	case end != nil && end.Exit == exitFull:
		return inDanger, "The destination is full."
	case end != nil && end.Exit == exitSignIn:
		return inDanger, "The last run could not sign in."
	case end != nil && len(end.Failed) > 0:
		return inDanger, counted(len(end.Failed), "folder") + " could not be finished."
	case end != nil && !slices.Contains([]int{exitDone, exitRefused}, end.Exit):
		return halfDone, "The last run was not finished. The same command goes on from there."
	case len(a.Refused) > 0:
		return withLoss, wereOrWas(len(a.Refused)) + " refused. All else is there."
	case a.Open > 0:
		return halfDone, messages(a.Open) + " left without an answer: the next run looks for them first."
	case end != nil && len(end.Flaws) > 0:
		return withLoss, "Every message is there, but the destination is not exact."
	case a.unfinished():
		return halfDone, "Not every folder has been gone through yet."
	}
	return allWell, "All there."
}

// undone is the verdict on a job that was taken back.
func (a *jobReport) undone(u checkpoint.Undone) (mood, string) {
	switch kept := arrived(a.Sum); {
	case a.PID != 0:
		return underWay, "It is being taken back."
	case u.Ended.IsZero():
		return halfDone, "Taking it back was cut off. The same undo goes on."
	case kept > 0:
		return halfDone, "Taken back: " + messages(u.Removed) + " removed from the destination, " + formatCount(kept) + " stayed."
	}
	return halfDone, "Taken back: " + messages(u.Removed) + " removed from the destination."
}

// unfinished reports a folder that no pass has been through.
func (a *jobReport) unfinished() bool {
	return slices.ContainsFunc(a.Folders, func(f checkpoint.FolderStatus) bool { return f.Finished.IsZero() })
}

// nextSteps are what to do now, the most useful first.
func (h *haul) nextSteps(w *world, a *jobReport) (steps []nextStep) {
	add := func(text, command string) { steps = append(steps, nextStep{text, command}) }
	carry := h.command(w, "copy")
	switch how, _ := a.verdict(); {
	case how == underWay:
		add("See how far it is", printable(slices.Concat([]string{w.args[0], "status", "--watch"}, h.stateFlag())))
	case a.end() != nil && a.end().Exit == exitFull:
		add("Make room at the destination, then go on", carry)
	case takenBack(a.Status) != nil && !takenBack(a.Status).Ended.IsZero():
		add("Copy again, if you like: everything is brought, also what you have deleted there", carry)
	case how == halfDone, how == inDanger:
		add("Go on from where it stopped; nothing is copied twice", carry)
	}
	if len(a.Refused) > 0 {
		add("List each refused message, with the server's words", h.reportCommand(w, "--refused"))
		add("Save the refused messages as files", h.reportCommand(w, "--export", "refused-mail"))
	}
	if a.PID == 0 && arrived(a.Sum) > 0 {
		add("Compare both sides, message by message", h.command(w, "verify"))
		add("Keep the proof of what has arrived, for when the source is gone", h.command(w, "manifest", "--output", "move.manifest"))
	}
	if len(steps) == 0 || a.PID == 0 && a.Open == 0 && !a.Ended.IsZero() && steps[0].Command != carry {
		add("Carry what is new since, whenever you like", carry)
	}
	return steps
}

// stateFlag is --state-dir as it was given.
func (h *haul) stateFlag() []string {
	for _, flag := range h.said {
		if strings.HasPrefix(flag, "--state-dir=") {
			return []string{flag}
		}
	}
	return nil
}

// command is the command that does this to the job, "" if a terminal could not
// show it.
func (h *haul) command(w *world, verb string, flags ...string) string {
	args := append([]string{w.args[0], verb}, flags...)
	if h.name != "" && verb == "copy" {
		args[1] = "run"
		return printable(append(append(args, h.said...), h.name))
	}
	args = append(args, h.said...)
	if h.name != "" {
		return printable(append(args, "--job", h.name))
	}
	for _, s := range h.sources {
		args = append(args, s.Endpoint.String())
	}
	return printable(append(args, h.dest.Endpoint.String()))
}

// refusedGroup is messages of one folder refused in the same words.
type refusedGroup struct {
	Source, From, To, Words string
	Messages                []checkpoint.Refused
}

// refusedGroups puts the refused together as people read them.
func (a *jobReport) refusedGroups() (groups []refusedGroup) {
	for _, alike := range groupBy(a.Refused, func(r checkpoint.Refused) string { return whoseFolder(r) + "\x00" + sameWords(r.Words) }) {
		first := alike[0]
		groups = append(groups, refusedGroup{first.Source, first.From, first.To, first.Words, alike})
	}
	return groups
}

// flow is the throughput of the run that carried most, "" if nobody knows.
func (a *jobReport) flow() string {
	if a.Note == nil {
		return ""
	}
	return a.Note.Flow.words()
}

// took is how long the latest run lasted, 0 if nobody knows.
func (a *jobReport) took() time.Duration {
	if end := a.end(); end != nil {
		return time.Duration(end.Seconds * float64(time.Second))
	}
	return 0
}
