package main

import (
	"io"

	"github.com/mailhaul/mailhaul/transfer"
)

// planLine is one folder of the plan on standard output. Numbers that are not
// known are -1. Without Counted all from New to Refused are 0 and mean nothing.
type planLine struct {
	Event     string   `json:"event"`
	Source    string   `json:"source"`
	From      string   `json:"from"`
	Folder    string   `json:"folder,omitempty"`
	Skip      string   `json:"skip,omitempty"`
	Messages  int      `json:"messages"`
	Bytes     int64    `json:"bytes"`
	Exists    bool     `json:"exists"`
	Counted   bool     `json:"counted"`
	New       int      `json:"new"`
	NewBytes  int64    `json:"new_bytes"`
	Sampled   bool     `json:"sampled,omitempty"`
	Present   int      `json:"present"`
	Adopted   int      `json:"adopted"`
	Skipped   int      `json:"skipped"`
	Refused   int      `json:"refused"`
	Reflagged int      `json:"reflagged,omitempty"`
	Altered   bool     `json:"altered,omitempty"`
	Error     string   `json:"error,omitempty"`
	Notes     []string `json:"notes,omitempty"`
}

// hurdleLine is one thing that stands in the way.
type hurdleLine struct {
	Event    string       `json:"event"`
	Kind     string       `json:"kind"`
	Source   string       `json:"source,omitempty"`
	From     string       `json:"from,omitempty"`
	Folder   string       `json:"folder,omitempty"`
	Count    int          `json:"count,omitempty"`
	Bytes    int64        `json:"bytes,omitempty"`
	Text     string       `json:"text"`
	Messages []titledLine `json:"examples,omitempty"`
}

// titledLine is a message that a hurdle is about; of many only the first are told.
type titledLine struct {
	ID      string `json:"id"`
	Date    string `json:"date,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`
	Subject string `json:"subject,omitempty"`
	Message string `json:"message_id,omitempty"`
}

func planLines(w io.Writer, p transfer.Plan) {
	for _, f := range p.Folders {
		line := planLine{
			Event: "plan-folder", Source: f.Source, From: f.From.Name(), Folder: f.To.Name(), Skip: f.Skip,
			Messages: holds(f), Bytes: f.From.Bytes, Exists: f.Exists, Counted: f.Counted,
			New: f.Tally.Copied, NewBytes: f.Tally.Bytes, Sampled: f.Sampled, Present: f.Tally.Present, Adopted: f.Tally.Adopted,
			Skipped: f.Tally.Skipped, Refused: f.Tally.Refused, Reflagged: f.Reflagged, Altered: f.Altered, Notes: f.Notes,
		}
		if f.Err != nil {
			line.Error = f.Err.Error()
		}
		writeLine(w, line)
	}
}

func hurdleLines(w io.Writer, hurdles []hurdle) {
	for _, o := range hurdles {
		line := hurdleLine{
			Event: "plan-hurdle", Kind: o.kind, Source: o.source, From: o.from, Folder: o.folder,
			Count: o.count, Bytes: o.bytes, Text: o.text,
		}
		for _, m := range o.messages {
			one := titledLine{ID: m.ID, Bytes: max(m.Size, 0), Subject: decodeHeader(m.Subject), Message: m.MessageID}
			if !m.Date.IsZero() {
				one.Date = stamp(m.Date)
			}
			line.Messages = append(line.Messages, one)
		}
		writeLine(w, line)
	}
}

// writePlanned writes the summary of a plan: each message by what a copy would
// make of it, planned where that would append it.
func writePlanned(w io.Writer, p transfer.Plan, code int) {
	line := summaryLine{Event: "summary", Exit: code}
	line.Planned, line.PlannedBytes, line.Uncounted = planned(p)
	for _, f := range p.Folders {
		line.Present += f.Tally.Present
		line.Adopted += f.Tally.Adopted
		line.Skipped += f.Tally.Skipped
		line.Refused += f.Tally.Refused
		line.Vanished += f.Tally.Vanished
		if f.Skip == "" {
			line.Folders++
		}
	}
	line.Messages = line.Planned + line.Present + line.Adopted + line.Skipped + line.Refused + line.Vanished
	writeLine(w, line)
}
