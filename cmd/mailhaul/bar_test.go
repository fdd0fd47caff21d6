package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mailhaul/mailhaul/transfer"
)

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
