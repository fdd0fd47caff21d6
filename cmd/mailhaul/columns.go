package main

import (
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// columns is how wide the terminal behind w is, otherwise if there is none or it
// does not know.
func columns(w io.Writer, otherwise int) int {
	if n, _ := extent(w); n > 0 {
		return n
	}
	return otherwise
}

// extent is how large the terminal behind w is; 0 and 0 if there is none, or one
// without a size, as over a serial line.
func extent(w io.Writer) (columns, rows int) {
	if s, ok := w.(*sink); ok {
		w = s.w
	}
	if f, ok := w.(*os.File); ok {
		if columns, rows, err := term.GetSize(int(f.Fd())); err == nil {
			return columns, rows
		}
	}
	return 0, 0
}

// cells is how many columns a safe text takes: characters of East Asia and
// emoji take two, marks that sit on others none, and what a joiner joins to an
// emoji none either.
func cells(text string) int {
	n, before := 0, rune(0)
	for _, r := range text {
		n += cell(before, r)
		before = r
	}
	return n
}

// cell is how many columns a character takes after another one.
func cell(before, r rune) int {
	const joiner, firstTone, lastTone = '\u200d', '\U0001f3fb', '\U0001f3ff'
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), r >= 0x1160 && r <= 0x11ff: // vowels and finals of Hangul
		return 0
	case before == joiner && r > 0x2000, r >= firstTone && r <= lastTone && before > 0x2000:
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// clip cuts a safe text at its end to n columns.
func clip(text string, n int) string {
	if cells(text) <= n {
		return text
	}
	return head(text, n-1) + "…"
}

// squeeze cuts a safe text in its middle to n columns: in names of folders
// beginning and end tell most.
func squeeze(text string, n int) string {
	if cells(text) <= n {
		return text
	}
	left := head(text, (n-1)/2)
	rest := text[len(left):]
	room, takes := n-1-cells(left), cells(rest)
	for before := rune(0); rest != ""; {
		if takes <= room && !startsWithin(rest) {
			if takes, before = cells(rest), 0; takes <= room { // as it is without what was before it
				break
			}
		}
		r, size := utf8.DecodeRuneInString(rest)
		takes -= cell(before, r)
		before, rest = r, rest[size:]
	}
	return left + "…" + rest
}

// startsWithin reports that a text begins with what belongs to a character before it.
func startsWithin(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return cell('a', r) == 0
}

// head is as much of the beginning as fits into n columns.
func head(text string, n int) string {
	before := rune(0)
	for i, r := range text {
		if n -= cell(before, r); n < 0 {
			return text[:i]
		}
		before = r
	}
	return text
}

// atWords breaks a safe line at words so that it fits into so many columns, each part
// as far from the left as the first. 0 is as many as it takes.
func atWords(line string, columns int) (parts []string) {
	text := strings.TrimLeft(line, " ")
	left := line[:len(line)-len(text)]
	part := left
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
			part += word
		case columns > 0 && cells(part)+1+cells(word) > columns:
			parts, part = append(parts, part), left+word
		default:
			part += " " + word
		}
	}
	return append(parts, part)
}
