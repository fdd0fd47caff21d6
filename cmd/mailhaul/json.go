package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/mailhaul/mailhaul/transfer"
)

// eventLine is an event on standard output. Fields that an event has no use
// for are left out.
type eventLine struct {
	Event   transfer.Kind `json:"event"`
	Time    string        `json:"time"`
	Source  string        `json:"source,omitempty"`
	From    string        `json:"from,omitempty"`
	Folder  string        `json:"folder,omitempty"`
	Fate    transfer.Fate `json:"fate,omitempty"`
	Count   int           `json:"count,omitempty"`
	Bytes   int64         `json:"bytes,omitempty"`
	Message string        `json:"message_id,omitempty"`
	Subject string        `json:"subject,omitempty"`
	Text    string        `json:"text,omitempty"`
	Wait    float64       `json:"wait_seconds,omitempty"`
}

// summaryLine is the last line. A plan copies nothing: what it knows stands in
// fields of its own, and Messages counts the planned ones, too.
type summaryLine struct {
	Event    string  `json:"event"`
	Messages int     `json:"messages"`
	Copied   int     `json:"copied"`
	Present  int     `json:"present"`
	Adopted  int     `json:"adopted"`
	Skipped  int     `json:"skipped"`
	Refused  int     `json:"refused"`
	Vanished int     `json:"vanished"`
	Merged   int     `json:"merged"`
	Folders  int     `json:"folders"`
	Bytes    int64   `json:"bytes"`
	Seconds  float64 `json:"seconds"`
	// Uncounted folders are those whose messages are counted as they are read.
	Planned      int   `json:"planned,omitempty"`
	PlannedBytes int64 `json:"planned_bytes,omitempty"`
	Uncounted    int   `json:"uncounted_folders,omitempty"`
	Exit         int   `json:"exit"`
}

// errorLine tells why a run did not get to its end.
type errorLine struct {
	Event string `json:"event"`
	Time  string `json:"time"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
}

// jsonLines writes one event a line.
type jsonLines struct{ w io.Writer }

func (v *jsonLines) see(e transfer.Event, _ *progress) {
	if e.Kind == eventTrace {
		return
	}
	line := eventLine{
		Event: kindOf(e), Time: stamp(e.Time), Source: e.Source, From: e.From, Folder: e.Folder, Fate: e.Fate,
		Count: e.Count, Bytes: e.Bytes, Message: e.Message, Subject: e.Subject, Text: e.Text, Wait: e.Wait.Seconds(),
	}
	if e.Err != nil {
		line.Text = e.Err.Error()
	}
	writeLine(v.w, line)
}

func (v *jsonLines) tick(*progress) {}
func (v *jsonLines) stopping()      {}
func (v *jsonLines) end(*progress)  {}

// writeSummary writes the last line.
func writeSummary(w io.Writer, t transfer.Tally, took time.Duration, code int) {
	writeLine(w, summaryLine{
		Event: "summary", Messages: t.Messages, Copied: t.Copied, Present: t.Present, Adopted: t.Adopted,
		Skipped: t.Skipped, Refused: t.Refused, Vanished: t.Vanished, Merged: t.Merged,
		Folders: t.Folders, Bytes: t.Bytes, Seconds: float64(took.Milliseconds()) / 1000, Exit: code,
	})
}

// writeErrors writes why a run is not complete, one event for each reason.
func writeErrors(w io.Writer, err error, code int, r transfer.Report) {
	for _, one := range unjoin(err) {
		writeLine(w, errorLine{Event: "error", Time: stamp(time.Now()), Text: wording(one), Hint: advice(one, code, r)})
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// writeLine writes a value on a line of its own. Nothing is lost and nothing
// harmful gets through: what [Safe] would change stands there as a \u escape.
func writeLine(w io.Writer, value any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic(err) // our own structs of plain fields
	}
	io.WriteString(w, escapeHarmful(strings.TrimSuffix(b.String(), "\n"))+"\n")
}

// escapeHarmful works on encoded JSON, where such characters stand in strings only.
func escapeHarmful(line string) string {
	if !strings.ContainsFunc(line, harmful) {
		return line
	}
	var b strings.Builder
	for _, r := range line {
		switch {
		case !harmful(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
