package main

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
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
