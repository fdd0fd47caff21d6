package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// poisoned is the sample report with a payload wherever a text of others can stand.
func poisoned(text string) *jobReport {
	a := sampleReport()
	a.Sources, a.Dest, a.Path = []string{text, "b" + text}, text, "/"+text
	for i := range a.Folders {
		f := &a.Folders[i]
		f.Source, f.From, f.To = text, text, text+"2"
	}
	for i := range a.Refused {
		r := &a.Refused[i]
		r.Source, r.From, r.To, r.ID, r.Words, r.Subject, r.MessageID = text, text, text, text, text, text, text
	}
	a.Note.End.Notes, a.Note.End.Flaws = []string{text, "x" + text}, []string{text}
	a.Note.End.Failed, a.Note.End.Error = []failedFolder{{text, text, text}}, text
	a.Next = append(a.Next, nextStep{"do", printable([]string{"mailhaul", text})})
	return a
}

// TestHostilePayloads sends each payload through every output, and wants nothing of
// it to be alive there.
func TestHostilePayloads(t *testing.T) {
	all := payloads()
	if len(all) < 200 {
		t.Fatalf("got %d payloads, want 200", len(all))
	}
	clean, marked := skeleton(t, pageOf(t, poisoned("x"))), 0
	for _, text := range all {
		a := poisoned(text)
		page := pageOf(t, a)
		noControls(t, "html", text, page)
		if got := skeleton(t, page); !slices.Equal(got, clean) {
			t.Errorf("html: %q makes other elements of the page", text)
		}
		for name, say := range outputs(a, text) {
			var out bytes.Buffer
			say(&out)
			noControls(t, name, text, out.String())
			switch name {
			case "csv", "csv of the refused":
				noFormulas(t, text, out.Bytes())
			case "markdown":
				noMarkup(t, text, out.String())
			case "json", "events", "log as JSON", "undo as JSON", "on-done, JSON":
				for line := range strings.Lines(out.String()) {
					if !json.Valid([]byte(line)) {
						t.Errorf("%s: %q makes %s", name, text, line)
					}
				}
			}
			marked++
		}
	}
	t.Logf("%d payloads, %d outputs", len(all), marked+len(all))
}

// outputs are all ways in which a text of others reaches somebody, but the page.
func outputs(a *jobReport, text string) map[string]func(*bytes.Buffer) {
	h := &haul{folders: &folderWatch{}, sources: []side{{}, {}}}
	refusal := transfer.Refusal{Source: text, From: text, To: text, ID: text, Subject: text, MessageID: text, Words: text, Size: 1, Date: time.Unix(1e9, 0)}
	report := transfer.Report{
		Refusals: []transfer.Refusal{refusal}, Notes: []string{text}, Flaws: []string{text}, Tally: transfer.Tally{Messages: 1, Refused: 1},
		Folders: []transfer.FolderReport{{Source: text, From: text, To: text, Err: errors.New(text)}},
	}
	j := &haul{folders: &folderWatch{}, show: show{json: true}, dest: side{Access: dial.Access{Endpoint: dial.Endpoint{Scheme: "imaps", User: text, Host: text}}}}
	undo := &transfer.UndoPlan{Removable: 1, Kept: map[transfer.Kept]int{transfer.KeptShared: 1}, Folders: map[string]int{text: 1}, Made: []string{text}}
	undone := transfer.Undone{Removed: 1, Folders: []string{text}, Left: map[string]string{text: text}}
	plan := transfer.Plan{
		Folders: []transfer.PlanFolder{
			{Source: text, From: transfer.Folder{Path: []string{text}}, To: transfer.Folder{Path: []string{text}}, Notes: []string{text}, Counted: true, Altered: true, Err: errors.New(text)},
			{Source: "b" + text, From: transfer.Folder{Path: []string{text}}, Skip: text, Notes: []string{text}},
		},
		Obstacles: []transfer.Obstacle{{Kind: transfer.RefusedBefore, Source: text, From: text, To: text, Count: 1, Words: text, Messages: []transfer.Titled{{Message: transfer.Message{ID: text}, Subject: text, MessageID: text}}}},
		Notes:     []string{text},
	}
	p := newProgress()
	p.folders, p.toDo, p.planned = 2, 10, 1000
	for _, e := range hostileEvents(text) {
		p.count(e)
	}
	show := func(v viewer) {
		for _, e := range hostileEvents(text) {
			v.see(e, p)
		}
		v.tick(p)
		v.end(p)
	}
	return map[string]func(*bytes.Buffer){
		"text":                func(w *bytes.Buffer) { a.show(w) },
		"markdown":            func(w *bytes.Buffer) { a.markdown(w) },
		"json":                func(w *bytes.Buffer) { a.document(w); reportLines(w, a.Status) },
		"csv":                 func(w *bytes.Buffer) { _ = a.folderTable(w) },
		"csv of the refused":  func(w *bytes.Buffer) { _ = refusedTable(w, a.Refused) },
		"list of the refused": func(w *bytes.Buffer) { listRefused(w, a.Refused, true, 100) },
		"status":              func(w *bytes.Buffer) { showStatus(w, a.Status, true); writeLine(w, statusOf(a.Status)) },
		"summary": func(w *bytes.Buffer) {
			h.summarize(w, report, exitRefused, printable([]string{text}), printable([]string{text}))
		},
		"on-done": func(w *bytes.Buffer) {
			h.conclude(&world{args: []string{"mailhaul", text}}, w, w, false, report, errors.New(text), exitRefused)
		},
		"on-done, JSON": func(w *bytes.Buffer) {
			j.conclude(&world{args: []string{"mailhaul", text}}, w, w, false, report, errors.New(text), exitRefused)
		},
		"undo": func(w *bytes.Buffer) { showUndo(w, text, undo, []string{text}); showUndone(w, text, undone, 1, true) },
		"undo as JSON": func(w *bytes.Buffer) {
			u := &undoing{undoOptions: &undoOptions{world: &world{out: &sink{w: w}}}, haul: j, others: &siblings{names: []string{text}}}
			u.tellPlan(undo)
			u.tellDone(undo, undone, exitDone)
		},
		"narrow": func(w *bytes.Buffer) {
			g := &grid{right: []bool{2: true}}
			g.row("Folder", "went to", "arrived", "finished")
			g.row(Safe(text), Safe(text), "1", "not yet")
			g.fit(w, 40)
		},
		"complaint":    func(w *bytes.Buffer) { complain(w, errors.New(text), exitError) },
		"plan":         func(w *bytes.Buffer) { h.showPlan(w, plan, h.hurdles(plan)) },
		"plan as JSON": func(w *bytes.Buffer) { planLines(w, plan); hurdleLines(w, h.hurdles(plan)) },
		"plain":        func(w *bytes.Buffer) { show(&plain{w: w, verbose: 2}); (&plain{w: w}).asked(p) },
		"events":       func(w *bytes.Buffer) { show(&jsonLines{w}); writeErrors(w, errors.New(text), exitError, report) },
		"look": func(w *bytes.Buffer) {
			v := newLooker(w, 2, false)
			q := newProgress()
			q.began = q.began.Add(-time.Minute)
			for _, e := range hostileEvents(text) {
				v.see(e, q)
				v.at = time.Time{}
			}
			plain := ownMoves.ReplaceAllString(w.String(), "")
			w.Reset()
			w.WriteString(plain)
		},
		"block": func(w *bytes.Buffer) {
			for _, line := range p.picture().lines(time.Now(), 100) {
				fmt.Fprintln(w, line)
			}
		},
		"log": func(w *bytes.Buffer) {
			s := &sink{w: w}
			v := &logFile{sink: s, log: slog.New(slog.NewTextHandler(s, nil)), safe: Safe}
			show(v)
			v.summary(report.Tally, exitRefused, errors.New(text))
		},
		"log as JSON": func(w *bytes.Buffer) {
			s := &sink{w: w}
			v := &logFile{sink: s, log: slog.New(slog.NewJSONHandler(escaper{s}, nil)), safe: func(text string) string { return text }}
			show(v)
			v.summary(report.Tally, exitRefused, errors.New(text))
		},
	}
}

// ownMoves are what the bar itself does with the cursor.
var ownMoves = regexp.MustCompile(`\x1b\[[0-9]*[AJK]\r?|\r`)

func hostileEvents(text string) []transfer.Event {
	var all []transfer.Event
	for _, kind := range []transfer.Kind{
		transfer.EventFolder, transfer.EventFound, transfer.EventMessages, transfer.EventRefused, transfer.EventNote,
		transfer.EventRetry, transfer.EventSettle, eventTrace, eventAlert, transfer.EventFolder,
	} {
		all = append(all, transfer.Event{Kind: kind, Time: time.Unix(1e9, 0), Source: text, From: text, Folder: text, Fate: transfer.Copied, Count: 1,
			Bytes: 100, Message: text, Subject: text, Text: text, Wait: time.Minute, Err: errors.New(text)})
	}
	return all
}
