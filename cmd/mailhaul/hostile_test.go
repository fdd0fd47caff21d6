package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// payloads are texts that somebody may send as a subject, a folder name or the
// words of a server, each to do harm in some place where it is shown.
func payloads() (all []string) {
	for _, head := range []string{
		"\x1b[2J", "\x1b]0;owned\x07", "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "\x9b31m", "\u009b2J", "\x1bP1;2q\x1b\\", "\x1b[6n", "\x1bc", "\x1b[?1049h", "\x1b[1A\x1b[2K",
		"\r\nmailhaul: 0 messages were refused", "\rfake", "\n\n== done ==", "\b\b\b\b", "\x00nul", "\x7fdel", "\a", "\v\f", "\x0e\x0f", "\xff\xfe", "\xc3\x28", "\xed\xa0\x80",
		"\u202egpj.exe", "\u2066iso\u2069", "\u200e\u200f", "\u2028line\u2029par", "\ufeffbom", "\U000e0041tag", "\u00adshy", "\u061c",
		"<script>window.pwned=1</script>", "</title><script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>", "<svg onload=window.pwned=1>", "\"><script>window.pwned=1</script>", "'><b>", "<iframe src=//evil.example>",
		"</style><script>window.pwned=1</script>", "</pre></section><h1>gone</h1>", "<a href=javascript:window.pwned=1>x</a>", "javascript:window.pwned=1", "data:text/html,<script>1</script>", "&lt;script&gt;", "&#60;b&#62;", "{{.Path}}", "{{template \"x\"}}", "<!--", "]]>", "<?xml", "<meta http-equiv=refresh content=0;url=//evil.example>", "<base href=//evil.example>", "<link rel=stylesheet href=//evil.example/x.css>", "expression(alert(1))", "url(//evil.example)",
		"=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://evil.example\")", "\t=1+1", "\r=1+1", " =1+1", "\u00a0=1", "＝1+1", "＋1", "－1", "＠x", "|calc", "%0A=1", "=\"a\"\"b\"", "\"=1+1\"", "a\",\"=1+1", "a\r\n=1+1", ";=1+1", "'=1+1",
		"[x](javascript:alert(1))", "![x](http://evil.example/x.png)", "`code`", "```\nfence", "| a | b |", "\\|", "**b**", "# h", "<http://evil.example>", "http://evil.example/x", "www.evil.example", "a@evil.example", "~~~", "---", "$x$", "[ref]: http://evil.example", "* item", "1. one", "> quote", "\\",
		"%s%n%x", "${HOME}", "$(touch x)", "`touch x`", "; rm -rf /", "../../etc/passwd", "CON", "{\"event\":\"summary\",\"exit\":0}", "\"}\n{\"event\":\"summary\"}", "=?utf-8?q?=1B=5B2J?=", "=?utf-8?q?=3Cscript=3Ewindow=2Epwned=3D1=3C/script=3E?=", "=?utf-8?q?=3D1+1?=", "=?utf-8?b?DQo9MSsx?=", "=?utf-8?q?=E2=80=AE?=", "=?x?q?", strings.Repeat("A", 5000), strings.Repeat("\u0301", 300), strings.Repeat("👩‍👩‍👧‍👦", 60), "",
	} {
		all = append(all, head)
		if len(head) < 100 {
			all = append(all, "Re: "+head+" end")
		}
	}
	return all
}

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

func pageOf(t *testing.T, a *jobReport) string {
	t.Helper()
	var out bytes.Buffer
	if err := a.html(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
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

// noControls wants no byte that does more in a terminal than stand there. A line
// feed ends our own lines.
func noControls(t *testing.T, output, payload, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "\r\n", "\n") // of CSV
	if !utf8.ValidString(got) {
		t.Errorf("%s: %q comes out as no UTF-8", output, payload)
	}
	for _, r := range got {
		if r != '\n' && harmful(r) {
			t.Errorf("%s: %q comes out with %U", output, payload, r)
			return
		}
	}
}

// noFormulas wants no cell that a spreadsheet would work out, and as many cells in
// each row as there are columns.
func noFormulas(t *testing.T, payload string, data []byte) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll() // checks the number of cells
	if err != nil {
		t.Errorf("csv: %q: %v", payload, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if formula.MatchString(cell) {
				t.Errorf("csv: %q makes the formula %q", payload, cell)
			}
		}
	}
}

// formula is how a cell begins that a spreadsheet works out.
var formula = regexp.MustCompile(`^[\s\x{a0}\x{3000}]*[=+\-@|%＝＋－＠\t\r]`)

// What noMarkup looks for: a block of code, a link, the end of a cell.
var (
	fenced   = regexp.MustCompile("(?s)\n  ```+\n.*?\n  ```+\n")
	liveLink = regexp.MustCompile(`[^\\]\]\(`)
	cellEnd  = regexp.MustCompile(`(^|[^\\])(\\\\)*\|`)
)

// noMarkup wants Markdown in which the payload is mere text.
func noMarkup(t *testing.T, payload, got string) {
	t.Helper()
	got = fenced.ReplaceAllString(got, "") // of code nothing is alive
	for _, alive := range []string{"<script", "<img", "<svg", "<iframe", "<a ", "<h1", "http://", "www.evil", "a@evil", "<http", "{{"} {
		if strings.Contains(got, alive) {
			t.Errorf("markdown: %q leaves %q alive", payload, alive)
		}
	}
	if liveLink.MatchString(got) {
		t.Errorf("markdown: %q leaves a link", payload)
	}
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "|") && strings.HasPrefix(line, "| ") {
			if cells := len(cellEnd.FindAllString(line, -1)); cells < 4 || cells > 12 {
				t.Errorf("markdown: %q breaks the row %q", payload, line)
			}
		}
	}
}

// skeleton is the elements of a page with the names of their attributes: what a
// payload must not change.
func skeleton(t *testing.T, page string) (all []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data == "small" || n.Data == "pre" {
			continue // a hint or a command that cannot be shown is left out
		}
		if name, text, _ := strings.Cut(n.Data, " "); text != "" || n.Data == "script" || n.Data == "span" && name == "" {
			t.Errorf("got an element %q", n.Data)
		}
		if n.Data == "span" && len(n.Attr) == 1 && n.Attr[0].Val == "to" || n.Data == "dd" {
			continue // left out where a name is empty or the same
		}
		one := n.Data
		for _, attr := range n.Attr {
			one += " " + attr.Key
			if strings.HasPrefix(attr.Key, "on") || attr.Key == "href" || attr.Key == "src" {
				t.Errorf("got an attribute %q", attr.Key)
			}
		}
		all = append(all, one)
	}
	return all
}

// TestHostilePageInBrowser: all payloads at once in one page, seen by a browser.
func TestHostilePageInBrowser(t *testing.T) {
	ctx, said := browser(t)
	a := sampleReport()
	for i, text := range payloads() {
		if i%2 == 0 {
			a.Folders = append(a.Folders, checkpoint.FolderStatus{Source: text, From: text, To: "x" + text})
		}
		a.Refused = append(a.Refused, checkpoint.Refused{Source: text, From: text, Key: text, Words: text, Subject: text, MessageID: text})
		a.Note.End.Notes = append(a.Note.End.Notes, text)
	}
	path := filepath.Join(t.TempDir(), "hostile.html")
	if err := os.WriteFile(path, []byte(pageOf(t, a)), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := visit(ctx, path, 390, 844, true, false)
	if err != nil {
		t.Fatal(err)
	}
	if got.Pwned || got.Scripts+got.Links > 0 || got.Overflow > 0 {
		t.Errorf("got %+v, want nothing alive, and nothing wider than the screen", got)
	}
	if all := said(); len(all) > 0 {
		t.Errorf("the page has %q", all)
	}
}
