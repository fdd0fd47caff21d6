package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestMailName(t *testing.T) {
	day := time.Date(2024, 3, 1, 10, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name, subject, id, want string
		date                    time.Time
	}{
		{"plain", "Holiday", "12", "2024-03-01-Holiday-12.eml", day},
		{"no subject, no date", "", "12", "undated-no subject-12.eml", time.Time{}},
		{"blanks", " \t", "1", "2024-03-01-no subject-1.eml", day},
		{"encoded", "=?iso-8859-1?Q?Gr=FC=DFe?=", "1", "2024-03-01-Grüße-1.eml", day},
		{"encoded in another charset", "=?gb2312?B?xOO6ww==?=", "1", "2024-03-01-你好-1.eml", day},
		{"out of the folder", "../../etc/passwd", "1", "2024-03-01-_.._etc_passwd-1.eml", day},
		{"dots", "...", "1", "2024-03-01-_-1.eml", day},
		{"encoded slash", "=?utf-8?Q?a=2Fb=00c?=", "1", "2024-03-01-a_b_c-1.eml", day},
		{"for Windows", `a<b>c:d"e|f?g*h\i`, "1", "2024-03-01-a_b_c_d_e_f_g_h_i-1.eml", day},
		{"escape and bidi", "a\x1b[31m\u202eb\x00", "1", "2024-03-01-a_[31m_b_-1.eml", day},
		{"no UTF-8", "a\xff\xfeb", "1", "2024-03-01-a_b-1.eml", day},
		{"an ID in two cases", "a", "Ab", "2024-03-01-a-" + mark("Ab", 8) + ".eml", day},
		{"an ID with a path", "a", "cur/1", "2024-03-01-a-" + mark("cur/1", 8) + ".eml", day},
		{"long", strings.Repeat("ü", 200), "1", "2024-03-01-" + strings.Repeat("ü", 40) + "-1.eml", day},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := mailName(tc.date, tc.subject, tc.id); got != tc.want {
				t.Errorf("mailName(%q, %q): got %q, want %q", tc.subject, tc.id, got, tc.want)
			}
		})
	}
}

func TestFolderPart(t *testing.T) {
	for _, tc := range []struct {
		in, want string // before the mark
		marked   bool
	}{
		{"INBOX", "INBOX", false},
		{"Gesendete Objekte", "Gesendete Objekte", false},
		{"R&D", "R&D", false},
		{"..", "_", true},
		{".", "_", true},
		{"", "_", true},
		{"a/b", "a_b", true},
		{`C:\x`, "C__x", true},
		{"con", "_con", true},
		{"AUX.txt", "_AUX.txt", true},
		{"nul .x", "_nul .x", true},
		{"LPT¹", "_LPT¹", true},
		{"COM10", "COM10", false},
		{"computer", "computer", false},
		{"end. ", "end", true},
		{".hidden", "hidden", true},
		{"x.EML", "x.EML_", true},
		{"u\u0308", "ü", true}, // another spelling of the same name
		{strings.Repeat("x", 300), strings.Repeat("x", 100), true},
	} {
		want := tc.want
		if tc.marked {
			want += "~" + mark(tc.in, 4)
		}
		if got := folderPart(tc.in); got != want {
			t.Errorf("folderPart(%q): got %q, want %q", tc.in, got, want)
		}
	}
}

// Folders that a file system could take for one keep places of their own, and
// each keeps its place.
func TestPlaces(t *testing.T) {
	p := &places{several: true}
	seen := map[string]string{}
	for _, key := range []string{"Work", "WORK", "work", "a\x00b", "a/b", "A\x00b", "u\u0308", "ü", "..\x00..", strings.Repeat("x\x00", 2000) + "x", strings.Repeat("x\x00", 2000) + "y", ""} {
		for _, source := range []string{"imaps://anna@old.example", "mbox:/home/anna/Mail"} {
			place := p.of(source, key)
			if other, taken := seen[strings.ToLower(place)]; taken {
				t.Errorf("%q: got the place of %q, %q", key, other, place)
			}
			seen[strings.ToLower(place)] = key
			if again := p.of(source, key); again != place {
				t.Errorf("%q: got %q and then %q", key, place, again)
			}
		}
	}
	if got := (&places{}).of("imaps://anna@old.example", "a\x00b"); got != filepath.Join("a", "b") {
		t.Errorf("the only source: got %q, want a/b", got)
	}
}

// wrongName tells what is wrong with a part of a path, seen by Windows and by
// file systems that take 255 bytes.
func wrongName(part string) string {
	base, _, _ := strings.Cut(strings.ToUpper(part), ".")
	base = strings.TrimRight(base, " ")
	for _, device := range []string{"CON", "PRN", "AUX", "NUL", "COM1", "COM9", "LPT1", "COM²", "CONIN$"} {
		if base == device {
			return "is a device"
		}
	}
	switch {
	case part == "" || part == "." || part == "..":
		return "is no name"
	case len(part) > 255:
		return "is too long"
	case !utf8.ValidString(part):
		return "is no UTF-8"
	case strings.ContainsAny(part, `<>:"/\|?*`) || strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "has a character that is not allowed"
	case strings.HasSuffix(part, ".") || strings.HasSuffix(part, " "):
		return "ends in a dot or blank"
	}
	return ""
}

func FuzzExportName(f *testing.F) {
	for _, seed := range []string{"", ".", "..", "../../x", "a\x00b", "/abs", `C:\x`, "con", "NUL.txt", "COM1 .x", "x.eml", "a. ", "\xff", "\u202e", "=?utf-8?Q?..=2F..?=", strings.Repeat("é", 300)} {
		f.Add(seed, seed, seed)
	}
	f.Fuzz(func(t *testing.T, key, subject, id string) {
		p := &places{several: len(id)%2 == 0}
		path := filepath.Join(p.of(subject, key), mailName(time.Unix(int64(len(key)), 0), subject, id))
		if !filepath.IsLocal(path) || len(path) > 2*pathLength {
			t.Fatalf("%q, %q, %q: got %q, which leads outside or is too long", key, subject, id, path)
		}
		parts := strings.Split(path, string(filepath.Separator))
		for i, part := range parts {
			if wrong := wrongName(part); wrong != "" {
				t.Errorf("%q, %q, %q: got %q, and %q %s", key, subject, id, path, part, wrong)
			}
			if i < len(parts)-1 && strings.HasSuffix(strings.ToLower(part), mailEnding) {
				t.Errorf("%q: got a folder %q, where a message could go", key, part)
			}
		}
		if other := another(filepath.Base(path), 2); wrongName(other) != "" || other == filepath.Base(path) {
			t.Errorf("%q: got %q beside it", path, other)
		}
	})
}
