package main

import (
	"context"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// maxRounds bounds how often a source is asked for more in one run.
const maxRounds = 10_000

// rounds runs the job, and again as long as a source that shows a part of its mail at
// a time shows more. The report is that of all of them. path is the checkpoint's.
func rounds(ctx context.Context, job transfer.Job, path string) (transfer.Report, error) {
	var refused []transfer.Refusal
	report, err := transfer.Run(ctx, job)
	for n := 1; n < maxRounds && err == nil && report.More; n++ {
		rest := job
		if job.MaxBytes > 0 {
			rest.MaxBytes = job.MaxBytes - report.Tally.Bytes
		}
		if job.MaxTime > 0 {
			rest.MaxTime = job.MaxTime - report.Took
		}
		if job.MaxBytes > 0 && rest.MaxBytes <= 0 || job.MaxTime > 0 && rest.MaxTime <= 0 {
			report.Limited = true
			break
		}
		refused = append(refused, report.Refusals...)
		var next transfer.Report
		next, err = transfer.Run(ctx, rest)
		if err == nil && next.Tally.Copied+next.Tally.Adopted+next.Tally.Merged == 0 {
			next.More = false // it shows nothing more, or the same again
		}
		report = afterwards(report, next)
	}
	if lost := unseen(refused, report.Refusals); len(lost) > 0 {
		status, bad := checkpoint.Read(path)
		report = withRefusals(report, lost, func(ref transfer.Refusal) bool {
			return bad != nil || slices.ContainsFunc(status.Refused, func(r checkpoint.Refused) bool { return r.Source == ref.Source && r.ID == ref.ID })
		})
	}
	return report, err
}

// unseen are the refusals of earlier rounds that the last one does not tell: the
// messages have arrived since, or the source does not show them any more.
func unseen(earlier, last []transfer.Refusal) (lost []transfer.Refusal) {
	for _, ref := range earlier {
		same := func(r transfer.Refusal) bool { return r.Source == ref.Source && r.From == ref.From && r.ID == ref.ID }
		if !slices.ContainsFunc(last, same) && !slices.ContainsFunc(lost, same) {
			lost = append(lost, ref)
		}
	}
	return lost
}

// withRefusals adds those that still stand.
func withRefusals(r transfer.Report, lost []transfer.Refusal, stands func(transfer.Refusal) bool) transfer.Report {
	for _, ref := range lost {
		if !stands(ref) {
			continue
		}
		r.Refusals = append(r.Refusals, ref)
		one := transfer.Tally{Messages: 1, Refused: 1}
		r.Tally = addFolder(r.Tally, one)
		for i := range r.Folders {
			if f := &r.Folders[i]; f.Source == ref.Source && f.From == ref.From {
				f.Tally = addFolder(f.Tally, one)
			}
		}
	}
	return r
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
	f.Folders = 0 // those that were finished are counted elsewhere
	return addTallies(t, f)
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
