package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

func event(kind transfer.Kind, fate transfer.Fate, count int, bytes int64) transfer.Event {
	return transfer.Event{Kind: kind, Source: "s", From: "INBOX", Folder: "INBOX", Fate: fate, Count: count, Bytes: bytes}
}

// story is a run with a lost connection in the middle.
func story() []transfer.Event {
	hostile := event(transfer.EventRefused, transfer.Refused, 1, 10)
	hostile.Subject, hostile.Text = "\x1b[2Jgone\u202e", "no\r\nway"
	retry := event(transfer.EventRetry, "", 0, 0)
	retry.Err, retry.Wait = errors.New("lost"), 3*time.Second
	return []transfer.Event{
		event(transfer.EventPlan, "", 2, -1),
		event(transfer.EventFolder, "", 0, 0),
		event(transfer.EventMessages, transfer.Present, 70, 7000),
		event(transfer.EventFound, "", 10, 1000),
		event(transfer.EventMessages, transfer.Copied, 4, 400),
		retry,
		event(transfer.EventFolder, "", 0, 0),
		event(transfer.EventMessages, transfer.Adopted, 1, 100),
		event(transfer.EventMessages, transfer.Copied, 4, 400),
		event(transfer.EventMessages, transfer.Refused, 1, 0),
		hostile,
		event(transfer.EventDone, "", 0, 0),
	}
}

func play(v viewer) *progress {
	p := newProgress()
	p.began = time.Now().Add(-time.Minute)
	for _, e := range story() {
		p.count(e)
		v.see(e, p)
	}
	v.tick(p)
	v.stopping()
	v.end(p)
	return p
}

func TestProgressCountsThisRunOnce(t *testing.T) {
	p := play(&plain{w: &bytes.Buffer{}})
	if p.toDo != 10 || p.done != 10 || p.toDoBytes != 1000 || p.bytes != 800 || p.doneFolder != 1 {
		t.Errorf("got %d of %d messages, %d bytes to do, %d copied, %d folders done; want 10 of 10, 1000, 800, 1",
			p.done, p.toDo, p.toDoBytes, p.bytes, p.doneFolder)
	}
}

func TestPlain(t *testing.T) {
	var out bytes.Buffer
	play(&plain{w: &out})
	for _, want := range []string{
		`(?m)^mailhaul: INBOX: lost; trying again in 3.0s$`,
		`(?m)^mailhaul: refused: INBOX: "\\x1b\[2Jgone\\u202e": no\\r\\nway$`,
		`(?m)^20\S+Z folder 2/2 INBOX, 10/10 messages, 800 B copied, \d+ B/s$`,
		`(?m)^mailhaul: stopping: `,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("got %q, want %s in it", out.String(), want)
		}
	}
	if strings.ContainsAny(out.String(), "\x1b\r") {
		t.Errorf("got escapes in %q, want none where there is no terminal", out.String())
	}
}

func TestPlainSaysNothingBeforeItsTime(t *testing.T) {
	var out bytes.Buffer
	v, p := &plain{w: &out}, newProgress()
	e := event(transfer.EventPlan, "", 1, 0)
	p.count(e)
	v.see(e, p)
	v.tick(p)
	if out.Len() != 0 {
		t.Errorf("got %q, want nothing before %s are over", out.String(), plainPace)
	}
}

func TestBar(t *testing.T) {
	var out bytes.Buffer
	v := newBar(&out, 0)
	v.columns = func() int { return 120 }
	play(v)
	text := out.String()
	for _, want := range []string{"folder 2/2 INBOX, 10/10 msgs", "900 B/1000 B", "mailhaul: INBOX: lost; trying again in 3.0s\n", `\x1b[2Jgone\u202e`} {
		if !strings.Contains(text, want) {
			t.Errorf("got %q, want %q in it", text, want)
		}
	}
	if strings.Contains(text, "\x1b[2J") || strings.Contains(text, "\u202e") {
		t.Errorf("got %q, want nothing of the server's escapes", text)
	}
	if !strings.HasSuffix(text, "\x1b[2K\r") {
		t.Errorf("got %q at the end, want the bar taken away", text[max(0, len(text)-20):])
	}
}

// The line fits into any terminal, whatever the folder is called.
func TestBarFits(t *testing.T) {
	escapes := regexp.MustCompile(`\x1b\[[0-9]*[A-Za-z]`)
	for _, name := range []string{"INBOX", strings.Repeat("已发送", 20)} {
		for room := range 140 {
			var out bytes.Buffer
			v := newBar(&out, 0)
			v.columns = func() int { return room }
			p := newProgress()
			p.began = time.Now().Add(-time.Hour)
			p.folders, p.folder, p.toDo, p.done = 12, name, 40000, 1234
			p.planned, p.doneBytes, p.bytes = 130<<20, 45<<20, 45<<20
			v.draw(p)
			for _, line := range strings.Split(escapes.ReplaceAllString(out.String(), ""), "\r") {
				if cells(line) >= max(room, 1) {
					t.Errorf("in %d columns: got %q, which takes %d", room, line, cells(line))
				}
			}
			if strings.Contains(out.String(), " 0%") {
				t.Errorf("in %d columns: got %q, want no empty bar first", room, out.String())
			}
			if room >= 10 && !strings.Contains(out.String(), "34%") {
				t.Errorf("in %d columns: got %q, want how far it is", room, out.String())
			}
		}
	}
}

// The percentage does not fall while folders are listed.
func TestTotalIsThePlan(t *testing.T) {
	p := newProgress()
	plan := event(transfer.EventPlan, "", 2, 5000)
	p.count(plan)
	p.count(event(transfer.EventFound, "", 10, 1000))
	if got := p.total(); got != 5000 {
		t.Errorf("got %d bytes to do, want the plan's 5000", got)
	}
	p.count(event(transfer.EventMessages, transfer.Present, 3, 0))
	if got := p.total(); got != 1000 {
		t.Errorf("got %d bytes to do when part of the plan is there, want the 1000 found", got)
	}
	p.count(event(transfer.EventMessages, transfer.Copied, 1, 100))
	if got := p.left(); got != 0 {
		t.Errorf("got %v left at the start, want no guess", got)
	}
}

func TestRefusalsInTheSameWords(t *testing.T) {
	e := event(transfer.EventRefused, transfer.Refused, 1, 10)
	e.Text = "[OVERQUOTA] full"
	for _, make := range []func(*bytes.Buffer) viewer{
		func(out *bytes.Buffer) viewer { return &plain{w: out} },
		func(out *bytes.Buffer) viewer { return newBar(out, 0) },
	} {
		var out bytes.Buffer
		v, p := make(&out), newProgress()
		for range 70 {
			v.see(e, p)
		}
		v.end(p)
		if got := strings.Count(out.String(), "OVERQUOTA"); got != 4 || !strings.Contains(out.String(), "67 messages more: [OVERQUOTA] full") {
			t.Errorf("got %d lines:\n%s\nwant three and the number of the others", got, out.String())
		}
	}
}

func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	play(&jsonLines{&out})
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(story()) {
		t.Fatalf("got %d lines, want %d", len(lines), len(story()))
	}
	for i, line := range lines {
		var got eventLine
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.Event != story()[i].Kind || got.Subject != story()[i].Subject {
			t.Errorf("got %s (%v), want the event %v whole", line, err, story()[i])
		}
		if strings.ContainsFunc(line, harmful) {
			t.Errorf("got harmful characters in %q", line)
		}
	}
}

func FuzzWriteLine(f *testing.F) {
	f.Add("INBOX", "a\u202eb\U000e0041")
	f.Fuzz(func(t *testing.T, folder, text string) {
		var out bytes.Buffer
		writeLine(&out, eventLine{Folder: folder, Text: text})
		var got eventLine
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("writeLine(%q, %q): got %q: %v", folder, text, out.String(), err)
		}
		if want := strings.ToValidUTF8(text, "\ufffd"); strings.Count(got.Text, "\ufffd") == 0 && got.Text != want {
			t.Errorf("got %q, want %q", got.Text, want)
		}
		if strings.ContainsFunc(strings.TrimSuffix(out.String(), "\n"), harmful) {
			t.Errorf("got harmful characters in %q", out.String())
		}
	})
}
