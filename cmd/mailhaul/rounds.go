package main

import (
	"context"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

// maxRounds bounds how often a source is asked for more in one run.
const maxRounds = 10_000

// rounds runs the job, and again as long as a source that shows a part of its mail at
// a time shows more. The report is that of all of them.
func rounds(ctx context.Context, job transfer.Job) (transfer.Report, error) {
	report, err := transfer.Run(ctx, job)
	for n := 1; n < maxRounds && err == nil && report.More; n++ {
		rest := job
		if job.MaxBytes > 0 {
			rest.MaxBytes = job.MaxBytes - report.Tally.Bytes
		}
		if job.MaxTime > 0 {
			rest.MaxTime = job.MaxTime - report.Took
		}
		if rest.MaxBytes < 0 || job.MaxBytes > 0 && rest.MaxBytes == 0 || rest.MaxTime < 0 {
			report.Limited = true
			break
		}
		var next transfer.Report
		next, err = transfer.Run(ctx, rest)
		if err == nil && next.Tally.Copied+next.Tally.Adopted+next.Tally.Merged == 0 {
			next.More = false // it shows nothing more, or the same again
		}
		report = afterwards(report, next)
	}
	return report, err
}

// afterwards is the report of two rounds, one after the other.
func afterwards(first, second transfer.Report) transfer.Report {
	r := second
	r.Started, r.Took = first.Started, first.Took+second.Took
	r.Notes, r.Flaws = joined(first.Notes, second.Notes), joined(first.Flaws, second.Flaws)
	r.Tally = transfer.Tally{Folders: second.Tally.Folders}
	for i := range r.Folders {
		f := &r.Folders[i]
		k := slices.IndexFunc(first.Folders, func(b transfer.FolderReport) bool { return b.Source == f.Source && b.From == f.From })
		if k >= 0 {
			f.Tally = addRounds(first.Folders[k].Tally, f.Tally, f.Rationed)
		}
		r.Tally = addFolder(r.Tally, f.Tally)
	}
	return r
}

// addRounds sums up what became of a folder's messages. What was left out or refused
// is shown again by the second round, and so is what has arrived, unless the source
// shows a part only and has hidden it.
func addRounds(first, second transfer.Tally, rationed bool) transfer.Tally {
	t := second
	t.Copied += first.Copied
	t.Adopted += first.Adopted
	t.Merged += first.Merged
	t.Vanished += first.Vanished
	t.Bytes += first.Bytes
	if t.Present = first.Present; rationed {
		t.Present += second.Present
	}
	t.Messages = t.Copied + t.Present + t.Adopted + t.Skipped + t.Refused + t.Vanished + t.Merged
	return t
}

// addFolder adds a folder's tally to that of the run.
func addFolder(t, f transfer.Tally) transfer.Tally {
	t.Messages += f.Messages
	t.Copied += f.Copied
	t.Present += f.Present
	t.Adopted += f.Adopted
	t.Skipped += f.Skipped
	t.Refused += f.Refused
	t.Vanished += f.Vanished
	t.Merged += f.Merged
	t.Bytes += f.Bytes
	return t
}

// joined are both lists, each text once.
func joined(a, b []string) []string {
	all := slices.Clone(a)
	for _, text := range b {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}
