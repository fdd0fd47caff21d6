package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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
	v := newBar(&out, 0, false)
	v.columns = func() int { return 120 }
	play(v)
	text := out.String()
	for _, want := range []string{
		"900 B of 1000 B", "folder 1 of 2: INBOX 0/10", "8 copied, 70 present, 1 adopted, 1 refused",
		"waiting INBOX: to try again: lost, 3 s", "mailhaul: INBOX: lost; trying again in 3.0s\n", `\x1b[2Jgone\u202e`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got %q, want %q in it", text, want)
		}
	}
	if strings.Contains(text, "\x1b[2J") || strings.Contains(text, "\u202e") {
		t.Errorf("got %q, want nothing of the server's escapes", text)
	}
	if regexp.MustCompile(`\x1b\[[0-9;]*m`).MatchString(text) {
		t.Errorf("got %q, want no colour", text)
	}
	if s := screen(text, 120); strings.TrimSpace(s) != "" && !strings.HasSuffix(s, stoppingText+"\n") {
		t.Errorf("got %q left on the screen, want the block taken away", s)
	}
}

// screen is what stands on a terminal that wide after text was written to it.
func screen(text string, columns int) string {
	rows, row, col := [][]rune{nil}, 0, 0
	put := func(r rune) {
		if col == columns {
			row, col = row+1, 0
		}
		for len(rows) <= row {
			rows = append(rows, nil)
		}
		for len(rows[row]) <= col {
			rows[row] = append(rows[row], ' ')
		}
		rows[row][col] = r
		col += max(cell(0, r), 1)
	}
	for len(text) > 0 {
		if m := regexp.MustCompile(`^\x1b\[([0-9]*)([A-Za-z])`).FindStringSubmatch(text); m != nil {
			switch m[2] {
			case "A":
				n, _ := strconv.Atoi(m[1])
				row = max(row-n, 0)
			case "K":
				for len(rows) <= row {
					rows = append(rows, nil)
				}
				rows[row] = rows[row][:min(col, len(rows[row]))]
			case "J":
				rows = append(rows[:min(row, len(rows))], nil)
				row = len(rows) - 1
			}
			text = text[len(m[0]):]
			continue
		}
		r, n := utf8.DecodeRuneInString(text)
		switch text = text[n:]; r {
		case '\n':
			row, col = row+1, 0
		case '\r':
			col = 0
		default:
			put(r)
		}
	}
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.TrimRight(string(r), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// midway is a progress with much in it.
func midway(name string) *progress {
	p := newProgress()
	p.began = time.Now().Add(-time.Hour)
	p.flow.began = p.began
	for i := range 60 {
		p.flow.add(p.began.Add(time.Hour-time.Duration(60-i)*time.Second), int64(i)<<16)
	}
	p.folders, p.doneFolder, p.toDo, p.done = 12, 3, 40000, 1234
	p.work = []*folderWork{{"s", name, name, 20000, 1000}, {"s", "b", name + "/b", 0, 0}}
	p.planned, p.doneBytes, p.bytes = 130<<20, 45<<20, 45<<20
	p.fates[transfer.Copied], p.fates[transfer.Present], p.fates[transfer.Refused] = 1234, 5, 1
	p.waits = []waiting{{name, "destination asks to wait", time.Now().Add(299*time.Second + 500*time.Millisecond)}}
	return p
}

// The block fits into any terminal, whatever the folder is called.
func TestBarFits(t *testing.T) {
	for _, name := range []string{"INBOX", strings.Repeat("已发送", 20)} {
		for room := range 140 {
			var out bytes.Buffer
			v := newBar(&out, 0, false)
			v.columns = func() int { return room }
			v.draw(midway(name))
			for _, line := range v.shown {
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

// What is drawn and drawn again stands there once, with the lines that were said
// above it, also in a terminal that is made narrower and wider.
func TestBarDrawsOverItself(t *testing.T) {
	var out bytes.Buffer
	v, room := newBar(&out, 0, false), 100
	v.columns = func() int { return room }
	p := midway("INBOX")
	for i := range 5 {
		v.draw(p)
		v.say(fmt.Sprintf("line %d", i))
	}
	got := screen(out.String(), room)
	if strings.Count(got, "34%") != 1 || !strings.HasPrefix(got, "line 0\nline 1\nline 2\nline 3\nline 4\n 34%") && !strings.HasPrefix(got, "line 0\nline 1\nline 2\nline 3\nline 4\n34%") {
		t.Errorf("got\n%s\nwant five lines and one block", got)
	}
	if !strings.Contains(got, "waiting INBOX: destination asks to wait, 4 m 59 s") {
		t.Errorf("got\n%s\nwant what it waits for", got)
	}
	before := v.home()
	room = 50
	if after := v.home(); after == before {
		t.Errorf("got %q before and after it was made narrower, want more rows", after)
	}
	v.end(p)
	if got := screen(out.String(), 100); strings.Contains(got, "34%") && room == 100 {
		t.Errorf("got\n%s\nwant the block gone", got)
	}
}

func TestBarColour(t *testing.T) {
	var out bytes.Buffer
	v := newBar(&out, 0, true)
	v.draw(midway("INBOX"))
	if !strings.Contains(out.String(), "\x1b[33m  waiting") {
		t.Errorf("got %q, want what waits in colour", out.String())
	}
	if w := (&world{wide: true, environ: []string{"NO_COLOR=1"}}); w.color() {
		t.Error("got colour with NO_COLOR=1")
	}
}

// The time left is that of the mail, not of the sign-in; what was there before a
// resumed run is not counted as carried.
func TestTimeLeft(t *testing.T) {
	p := newProgress()
	now := time.Now()
	p.began, p.flow = now.Add(-5*time.Minute), stream{began: now.Add(-5 * time.Minute)}
	p.folders, p.toDo, p.done, p.toDoBytes = 1, 100, 20, 100<<20
	for i := range 20 {
		p.flow.add(now.Add(time.Duration(i-20)*time.Second), 1<<20)
		p.doneBytes += 1 << 20
	}
	p.flow.add(now, 0)
	if left := p.left(); left < 70*time.Second || left > 90*time.Second {
		t.Errorf("got %v left for 80 MiB at 1 MiB a second, want about 80 s", left)
	}
}

func TestFlow(t *testing.T) {
	began := time.Now()
	f := stream{began: began}
	for i := range 1000 {
		f.add(began.Add(time.Duration(i)*time.Second), 10)
	}
	sum := int64(0)
	for _, n := range f.steps {
		sum += n
	}
	if sum != 10000 || len(f.steps) > mostSteps || f.step != 12800*time.Millisecond {
		t.Errorf("got %d bytes in %d steps of %v, want 10000 in at most %d", sum, len(f.steps), f.step, mostSteps)
	}
	if rate := f.rate(began.Add(999 * time.Second)); rate < 9 || rate > 12 {
		t.Errorf("got %v bytes a second, want 10", rate)
	}
	if got := spark([]int64{0, 1, 4, 8}); got != " ▁▄█" && got != " ▂▅█" {
		t.Errorf("got %q", got)
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
