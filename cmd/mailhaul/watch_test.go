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

func TestRefusalsInTheSameWords(t *testing.T) {
	e := event(transfer.EventRefused, transfer.Refused, 1, 10)
	e.Text = "[OVERQUOTA] full"
	for _, make := range []func(*bytes.Buffer) viewer{
		func(out *bytes.Buffer) viewer { return &plain{w: out} },
		func(out *bytes.Buffer) viewer { return newBar(out, 0, false) },
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
