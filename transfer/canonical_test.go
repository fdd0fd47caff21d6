package transfer

import (
	"bytes"
	"strings"
	"testing"
)

func digest(b []byte) (Digest, int64) {
	c := NewCanonical()
	c.Write(b)
	return c.Sum()
}

// FuzzCanonicalForms: all that servers make of a message's line ends, and of its
// NULs, has one digest and one size; the canonical form has its own. A different
// text has another.
func FuzzCanonicalForms(f *testing.F) {
	f.Add([]byte("a: b\r\n\r\none\ntwo\r\r\nthree\rfour\x00\r"), byte('x'))
	f.Add([]byte("\n\r\n\r"), byte(0))
	f.Fuzz(func(t *testing.T, in []byte, b byte) {
		want, size := digest(in)
		plain := plainCanonical(in)
		lf := bytes.ReplaceAll(plain, []byte("\r\n"), []byte("\n"))
		forms := map[string][]byte{
			"canonical":  plain,
			"LF":         lf,
			"CRCRLF":     bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\r\n")),
			"NUL":        bytes.ReplaceAll(plain, []byte{0x80}, []byte{0}),
			"CR at end":  append(bytes.Clone(plain), '\r'),
			"CRs at end": append(bytes.Clone(in), "\r\r\r"...),
		}
		for name, form := range forms {
			if got, n := digest(form); got != want || n != size {
				t.Errorf("%q as %s, %q: got another digest, or size %d, want %d", in, name, form, n, size)
			}
		}
		if again := plainCanonical(plain); !bytes.Equal(again, plain) {
			t.Errorf("%q: got %q, then %q", in, plain, again)
		}
		if b == '\r' || b == '\n' {
			return
		}
		other := append(bytes.Clone(plain), b)
		if got, _ := digest(other); got == want {
			t.Errorf("%q has the digest of %q", other, in)
		}
	})
}

// FuzzIdentForms: the identity of a header does not depend on line ends, on how
// its fields are folded, on the case of their names, or on what follows it.
func FuzzIdentForms(f *testing.F) {
	f.Add("<1@x>", "Mon, 1 Jan 2001", "a <a@b>", "long\r\n one", "b")
	f.Add("", " ", "\x00", "\xff\tx", "Subject: y")
	f.Fuzz(func(t *testing.T, id, date, from, subject, to string) {
		values := []string{id, date, from, subject, to}
		var crlf, folded, lf strings.Builder
		for i, name := range []string{"Message-ID", "Date", "From", "Subject", "To"} {
			v := strings.Join(strings.FieldsFunc(values[i], func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }), " ")
			crlf.WriteString(name + ": " + v + "\r\n")
			lf.WriteString(strings.ToUpper(name) + ":" + v + "\n")
			folded.WriteString(strings.ToLower(name) + ":  " + strings.ReplaceAll(v, " ", "\r\n\t ") + " \r\n")
		}
		want := Identify([]byte(crlf.String()))
		for _, form := range []string{folded.String(), lf.String(), "Received: x\r\n" + crlf.String(), crlf.String() + "\r\nTo: other\r\n"} {
			if got := Identify([]byte(form)); got != want {
				t.Errorf("%q: got another identity than %q", form, crlf.String())
			}
		}
		if other := Identify([]byte(crlf.String() + "To: another\r\n")); other == want {
			t.Errorf("%q: got the same identity with one more field", crlf.String())
		}
	})
}

// FuzzFields: fields are pieces of the header, in order, with names that are
// words.
func FuzzFields(f *testing.F) {
	f.Add([]byte("A: 1\r\n folded\r\nno colon\r\n: none\r\nB:2\n\nbody: x"))
	f.Fuzz(func(t *testing.T, header []byte) {
		rest, n := header, 0
		Fields(header, func(name, value []byte) bool {
			at := bytes.Index(rest, value)
			if len(name) == 0 || bytes.ContainsAny(name, " \t:") || at < 0 || bytes.HasSuffix(value, []byte("\n")) {
				t.Fatalf("%q: got field %q with %q", header, name, value)
			}
			rest = rest[at:]
			n++
			return true
		})
		if n > bytes.Count(header, []byte(":")) {
			t.Errorf("%q: got %d fields", header, n)
		}
	})
}
