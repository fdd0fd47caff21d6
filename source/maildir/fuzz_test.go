package maildir

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mailhaul/mailhaul/transfer"
)

// FuzzKeywords: at most 26 keywords, each a word of the file, and what they are
// written as is read as the same.
func FuzzKeywords(f *testing.F) {
	f.Add("0 $Label1\n3 Junk\r\nx y\n4\n99 high\n-1 low\n")
	f.Add("25 z\n0 a b\n0 again\n")
	f.Fuzz(func(t *testing.T, file string) {
		words := parseKeywords(file)
		if len(words) > 26 {
			t.Fatalf("%q: got %d keywords", file, len(words))
		}
		var back strings.Builder
		for i, w := range words {
			if strings.ContainsAny(string(w), "\n") || !strings.Contains(file, string(w)) {
				t.Fatalf("%q: got keyword %q", file, w)
			}
			if w != "" {
				fmt.Fprintf(&back, "%d %s\n", i, w)
			}
		}
		if again := parseKeywords(back.String()); fmt.Sprint(again) != fmt.Sprint(words) {
			t.Errorf("%q: got %q from what was written back, want %q", file, again, words)
		}
		for _, letter := range flags("abcdefghijklmnopqrstuvwxyzSFRTDP", words) {
			if letter == "" || strings.EqualFold(string(letter), `\Recent`) && !strings.Contains(strings.ToLower(file), "recent") {
				t.Errorf("%q: got flag %q", file, letter)
			}
		}
	})
}

// FuzzFlags: each flag is told once.
func FuzzFlags(f *testing.F) {
	f.Add("SSaad", "A", "b")
	f.Fuzz(func(t *testing.T, letters, first, second string) {
		seen := map[string]bool{}
		for _, flag := range flags(letters, []transfer.Flag{transfer.Flag(first), transfer.Flag(second), "", "A"}) {
			if flag == "" || seen[strings.ToLower(string(flag))] {
				t.Fatalf("%q with %q, %q: got %q twice or empty", letters, first, second, flag)
			}
			seen[strings.ToLower(string(flag))] = true
		}
	})
}

// FuzzFolderName: every name is decoded to UTF-8 text; modified UTF-7 is read if
// and only if it is what an encoder writes.
func FuzzFolderName(f *testing.F) {
	for _, s := range []string{"Entw&APw-rfe", "R&D", "a &- b", "&2D3eAA-", "&AGE-", "&-&-", "&APw-&APw-", "\xe9t\xe9", "Grüße", "&AP-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		text := decodeName(name)
		if !utf8.ValidString(text) || (text == "") != (name == "") {
			t.Errorf("decodeName(%q): got %q", name, text)
		}
		if text, ok := decodeUTF7(name); ok && encode(text) != name {
			t.Errorf("decodeUTF7(%q): got %q, which is written %q", name, text, encode(text))
		}
		if !utf8.ValidString(name) || strings.ContainsAny(name, "\x00\ufffd") {
			return
		}
		if got, ok := decodeUTF7(encode(name)); !ok || got != name {
			t.Errorf("decodeUTF7(%q): got %q, %v, want %q", encode(name), got, ok, name)
		}
	})
}

// encode writes modified UTF-7, RFC 3501 section 5.1.3, in the plainest way.
func encode(text string) string {
	var out strings.Builder
	for len(text) > 0 {
		n := strings.IndexFunc(text, func(r rune) bool { return r >= ' ' && r <= '~' })
		if n < 0 {
			n = len(text)
		}
		if n > 0 {
			var wide []byte
			for _, u := range utf16.Encode([]rune(text[:n])) {
				wide = append(wide, byte(u>>8), byte(u))
			}
			out.WriteString("&" + strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(wide), "/", ",") + "-")
			text = text[n:]
			continue
		}
		out.WriteByte(text[0])
		if text[0] == '&' {
			out.WriteByte('-')
		}
		text = text[1:]
	}
	return out.String()
}
