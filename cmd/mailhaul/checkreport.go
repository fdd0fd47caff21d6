package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// grade is how good a finding is.
type grade string

const (
	good grade = "good"
	note grade = "note" // good to know
	bad  grade = "bad"
)

// finding is one thing that a check found.
type finding struct {
	Event string `json:"event"`
	Topic string `json:"topic"`
	Grade grade  `json:"grade"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
	Way   string `json:"way,omitempty"` // by which the server let us in
}

// findings are told as they come: a line each for people, or for programs.
type findings struct {
	w      io.Writer
	asJSON bool
	colour bool
	count  map[grade]int
	waited time.Duration // for the user, who may take his time
}

func newFindings(w *world, asJSON bool) *findings {
	f := &findings{w: w.out, asJSON: asJSON, count: map[grade]int{}}
	if file, ok := w.out.w.(*os.File); ok {
		f.colour = !asJSON && w.env("NO_COLOR") == "" && w.env("TERM") != "dumb" && term.IsTerminal(int(file.Fd()))
	}
	return f
}

// say tells a finding. Texts may come from a server: what is told is safe.
func (f *findings) say(g grade, topic, format string, args ...any) {
	f.tell(finding{Topic: topic, Grade: g, Text: fmt.Sprintf(format, args...)})
}

// signedIn tells that the server let us in, and how.
func (f *findings) signedIn(s side, way string) {
	who := s.User
	if admin := s.Admin.User; admin != "" {
		who = admin + " for " + who
	}
	f.tell(finding{Topic: topicSignIn, Grade: good, Text: fmt.Sprintf("signed in as %s by %s", who, way), Way: way})
}

// fail tells what is wrong, and what to do.
func (f *findings) fail(topic, hint, format string, args ...any) {
	f.tell(finding{Topic: topic, Grade: bad, Text: fmt.Sprintf(format, args...), Hint: hint})
}

func (f *findings) tell(one finding) {
	one.Event, one.Text, one.Hint = "finding", Safe(one.Text), Safe(one.Hint)
	f.count[one.Grade]++
	if f.asJSON {
		writeLine(f.w, one)
		return
	}
	fmt.Fprintf(f.w, "%s %-12s %s\n", f.mark(one.Grade), one.Topic, one.Text)
	if one.Hint != "" {
		fmt.Fprintf(f.w, "    %-12s %s\n", "", "-> "+one.Hint)
	}
}

// mark is what a line begins with.
func (f *findings) mark(g grade) string {
	sign := map[grade]string{good: "+", note: "!", bad: "-"}[g]
	if !f.colour {
		return "  " + sign
	}
	return "  " + map[grade]string{good: "\x1b[32m", note: "\x1b[33m", bad: "\x1b[31m"}[g] + sign + "\x1b[0m"
}

// checkedLine is the last line for programs.
type checkedLine struct {
	Event    string `json:"event"`
	Endpoint string `json:"endpoint"`
	Good     int    `json:"good"`
	Notes    int    `json:"notes"`
	Bad      int    `json:"bad"`
	Exit     int    `json:"exit"`
}

// end tells how it went in all.
func (f *findings) end(endpoint, took string, code int) {
	if f.asJSON {
		writeLine(f.w, checkedLine{"summary", endpoint, f.count[good], f.count[note], f.count[bad], code})
		return
	}
	if code == exitInterrupted {
		fmt.Fprintf(f.w, "\nInterrupted: this is what was found up to there (%s). Nothing was changed.\n", took)
		return
	}
	if f.count[bad] > 0 {
		fmt.Fprintf(f.w, "\nNot well: see %s above (%s).\n", strings.TrimSpace(f.mark(bad)), took)
		return
	}
	fmt.Fprintf(f.w, "\nAll well (%s).\n", took)
}
