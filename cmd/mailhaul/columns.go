package main

import (
	"io"
	"os"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// columns is how wide the terminal behind w is, otherwise if there is none.
func columns(w io.Writer, otherwise int) int {
	if s, ok := w.(*sink); ok {
		w = s.w
	}
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return otherwise
}

// cells is how many columns a safe text takes: characters of East Asia and
// emoji take two, marks that sit on others none.
func cells(text string) int {
	n := 0
	for _, r := range text {
		n += cell(r)
	}
	return n
}

func cell(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
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
	runes := []rune(text)
	first, room := len(runes), n-1-cells(left)
	for first > 0 && cell(runes[first-1]) <= room {
		first--
		room -= cell(runes[first])
	}
	return left + "…" + string(runes[first:])
}

// head is as much of the beginning as fits into n columns.
func head(text string, n int) string {
	for i, r := range text {
		if n -= cell(r); n < 0 {
			return text[:i]
		}
	}
	return text
}
