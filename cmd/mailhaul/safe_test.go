package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Gesendete Objekte", "Gesendete Objekte"},
		{"other scripts", "Отправленные 已发送 مرسل", "Отправленные 已发送 مرسل"},
		{"backslash", `\Seen`, `\Seen`},
		{"escape sequence", "a\x1b[31mb", `a\x1b[31mb`},
		{"C1", "a\u009bb", `a\x9bb`},
		{"line ends", "a\r\nb\tc", `a\r\nb\tc`},
		{"NUL and DEL", "\x00\x7f", `\x00\x7f`},
		{"bidi override", "a\u202eb\u2066c", `a\u202eb\u2066c`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"invisible", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"tags", "a\U000e0041", `a\U000e0041`},
		{"invalid UTF-8", "caf\xe9", `caf\xe9`},
		{"real replacement character", "a\ufffdb", "a\ufffdb"},
		{"joined emoji", "👩\u200d💻", "👩\u200d💻"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := Safe(tc.in); got != tc.want {
				t.Errorf("Safe(%q): got %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func FuzzSafe(f *testing.F) {
	for _, seed := range []string{"", "INBOX", "\x1b]0;x\a", "\xff\xfe", "a\u202eb", "\u009b31m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := Safe(in)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, harmful) {
			t.Errorf("Safe(%q): got %q, which is not fit", in, got)
		}
		if Safe(got) != got {
			t.Errorf("Safe(%q): got %q for what it gave itself", in, Safe(got))
		}
	})
}
