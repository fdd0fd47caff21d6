package mailtest

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// FuzzEncodeUTF7: a name is written in printable ASCII, and reads as it was.
func FuzzEncodeUTF7(f *testing.F) {
	for _, s := range []string{"a & b", "Entwürfe für Søren", "日本語", "emoji 😀", "&-", "\x00\t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) {
			return
		}
		wire := encodeUTF7(name)
		if strings.ContainsFunc(wire, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q: got %q", name, wire)
		}
		if got := plainUTF7(wire); got != name {
			t.Errorf("%q: got %q by way of %q", name, got, wire)
		}
	})
}

// plainUTF7 decodes what is known to be right.
func plainUTF7(wire string) string {
	var out strings.Builder
	for {
		before, rest, shifted := strings.Cut(wire, "&")
		out.WriteString(before)
		if !shifted {
			return out.String()
		}
		code, after, _ := strings.Cut(rest, "-")
		raw, _ := base64.RawStdEncoding.DecodeString(strings.ReplaceAll(code, ",", "/"))
		var units []uint16
		for i := 0; i+1 < len(raw); i += 2 {
			units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
		}
		if out.WriteString(string(utf16.Decode(units))); code == "" {
			out.WriteByte('&')
		}
		wire = after
	}
}
