package main

import (
	"io"
	"strings"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// reportDocument is the whole report as one JSON value.
type reportDocument struct {
	Event    string        `json:"event"` // "report"
	Version  string        `json:"version"`
	Made     string        `json:"made"`
	Sources  []string      `json:"sources"`
	Dest     string        `json:"dest"`
	Mood     mood          `json:"mood"`
	Verdict  string        `json:"verdict"`
	Running  bool          `json:"running"`
	Started  string        `json:"started,omitempty"`
	Ended    string        `json:"ended,omitempty"`
	Arrived  int           `json:"arrived"`
	Bytes    int64         `json:"bytes"`
	Copied   int           `json:"copied"`
	Adopted  int           `json:"adopted"`
	Merged   int           `json:"merged"`
	Skipped  int           `json:"skipped"`
	Vanished int           `json:"vanished"`
	Open     int           `json:"open"`
	Folders  []reportLine  `json:"folders"`
	Years    []yearLine    `json:"years"`
	Refused  []refusedLine `json:"refused"`
	LastRun  *runEnd       `json:"last_run,omitempty"`
	Flow     *flowNote     `json:"flow,omitempty"`
	Earlier  []pastRun     `json:"earlier_runs,omitempty"`
	Undone   []undoneLine  `json:"undone,omitempty"`
	Proof    *proof        `json:"proof,omitempty"`
	Next     []nextStep    `json:"next"`
}

// yearLine is what has arrived of a year's mail; year 0 is mail without a date.
type yearLine struct {
	Year     int   `json:"year"`
	Messages int   `json:"messages"`
	Bytes    int64 `json:"bytes"`
}

// document is the report for programs.
func (a *jobReport) document(w io.Writer) {
	how, verdict := a.verdict()
	d := reportDocument{
		Event: "report", Version: version(), Made: stamp(a.Made), Sources: a.Sources, Dest: a.Dest, Mood: how, Verdict: verdict,
		Running: a.PID != 0, Arrived: arrived(a.Sum), Bytes: a.Sum.Bytes, Copied: a.Sum.Copied, Adopted: a.Sum.Adopted,
		Merged: a.Sum.Merged, Skipped: a.Sum.Skipped, Vanished: a.Sum.Vanished, Open: a.Open,
		Folders: []reportLine{}, Years: []yearLine{}, Refused: []refusedLine{}, LastRun: a.end(), Undone: undoneLines(a.Undone), Next: a.Next,
	}
	if !a.Started.IsZero() {
		d.Started = stamp(a.Started)
	}
	if end := ended(a.Status); !end.IsZero() {
		d.Ended = stamp(end)
	}
	for _, f := range a.Folders {
		d.Folders = append(d.Folders, reportLineOf(f))
	}
	for _, y := range a.Years {
		d.Years = append(d.Years, yearLine(y))
	}
	for _, r := range a.Refused {
		d.Refused = append(d.Refused, refusedLineOf(r))
	}
	if a.Proof.Digest != "" {
		d.Proof = &a.Proof
	}
	if a.Note != nil {
		d.Flow, d.Earlier = &a.Note.Flow, a.Note.Earlier
	}
	writeLine(w, d)
}

// otherNotes are the notes that tell no flaw.
func (e *runEnd) otherNotes() (notes []string) {
	flaws := "\x00" + strings.Join(e.Flaws, "\x00") + "\x00"
	for _, text := range e.Notes {
		if !strings.Contains(flaws, "\x00"+text+"\x00") {
			notes = append(notes, text)
		}
	}
	return notes
}

// reportLineOf is one folder for programs.
func reportLineOf(f checkpoint.FolderStatus) reportLine {
	line := reportLine{
		Event: "report-folder", Source: f.Source, From: f.From, Folder: f.To,
		Copied: f.Recorded.Copied, Adopted: f.Recorded.Adopted, Merged: f.Recorded.Merged,
		Refused: f.Recorded.Refused, Vanished: f.Recorded.Vanished, Skipped: f.Last.Skipped,
		Open: f.Open, Doubtful: f.Doubtful, Bytes: f.Recorded.Bytes,
	}
	if !f.Finished.IsZero() {
		line.Finished = stamp(f.Finished)
	}
	return line
}
