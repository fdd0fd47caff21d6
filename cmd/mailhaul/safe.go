package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe is text from a server or a message made fit for a terminal and a log:
// on one line, without escape sequences, and reading in the order in which it
// stands. What is not fit is written as Go writes it: \x1b, \u202e. Every text
// that is not ours passes it before it is printed.
func Safe(text string) string {
	if fit(text) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case !harmful(r):
			b.WriteRune(r)
		default:
			b.WriteString(escaped(r))
		}
		text = text[n:]
	}
	return b.String()
}

func fit(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, harmful)
}

// harmful reports whether a character does more than stand there: controls
// (C0, C1), line and paragraph separators, bidirectional overrides, tags and
// other invisible formats, private and unassigned planes' surrogates. The
// joiners stay: names in Persian and Hindi and emoji need them.
func harmful(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	switch {
	case r < utf8.RuneSelf: // most are, and need no tables
		return r < ' ' || r == '\x7f'
	case r == nonJoiner || r == joiner:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Zl, unicode.Zp)
}

func escaped(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// shorten cuts a safe text to n characters.
func shorten(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}
