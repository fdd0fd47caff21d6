package transfer

import (
	"strings"
	"testing"
	"testing/iotest"
)

const coreHead = "Message-ID: <1@x>\r\nDate: Mon, 6 Jan 2020 10:00:00 +0100\r\nFrom: a@x\r\nTo: b@y\r\nSubject: s\r\n"

func coreOf(t *testing.T, text string) core {
	t.Helper()
	r, err := readWhole(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	single, err := readWhole(iotest.OneByteReader(strings.NewReader(text)))
	if err != nil || single.core != r.core || single.digest != r.digest {
		t.Errorf("%q: byte by byte got another core or digest, %v", text, err)
	}
	return r.core
}

func TestCore(t *testing.T) {
	plain := coreHead + "\r\nbody\r\n.\r\n"
	for name, tc := range map[string]struct {
		a, b string
		want bool
	}{
		"itself":                  {plain, plain, true},
		"other ways":              {"Received: from p by q; x\r\n" + plain, "Delivered-To: b@y\r\nReceived: by z\r\n\tfor b; y\r\n" + plain, true},
		"a mail program's marks":  {"X-Mozilla-Status: 0001\r\nX-UIDL: 7\r\n" + plain, plain, true},
		"bare line ends":          {plain, strings.ReplaceAll(plain, "\r\n", "\n"), true},
		"folded otherwise":        {strings.Replace(plain, "Subject: s", "Subject:\r\n s", 1), plain, true},
		"no line end at the end":  {strings.TrimSuffix(plain, "\r\n"), plain, true},
		"header only":             {coreHead, coreHead + "\r\n", true},
		"other body":              {plain, coreHead + "\r\nbody\r\n..\r\n", false},
		"one more blank line":     {plain, plain + "\r\n", false},
		"other subject":           {plain, strings.Replace(plain, "Subject: s", "Subject: t", 1), false},
		"other type":              {"Content-Type: text/html\r\n" + plain, "Content-Type: text/plain\r\n" + plain, false},
		"other copy to":           {"Cc: c@z\r\n" + plain, plain, false},
		"through a list":          {"List-ID: <l.x>\r\n" + plain, plain, false},
		"from header into body":   {coreHead + "\r\nX: y\r\n\r\nz\r\n", coreHead + "X: y\r\n\r\nz\r\n", false},
		"a long header, the same": {strings.Repeat("X: y\r\n", headBytes/6+1) + plain, strings.Repeat("X: y\r\n", headBytes/6+1) + plain, false},
	} {
		a, b := coreOf(t, tc.a), coreOf(t, tc.b)
		if got := a == b && a != (core{}); got != tc.want {
			t.Errorf("%s: got equal cores: %v, want %v", name, got, tc.want)
		}
	}
	for _, weak := range []string{"", "\r\n", "body", "Message-ID: <1@x>\r\n\r\nbody\r\n", "Date: Mon, 6 Jan 2020 10:00:00 +0100\r\n\r\nbody\r\n"} {
		if coreOf(t, weak) != (core{}) {
			t.Errorf("%q: got a core, want none", weak)
		}
	}
}

func FuzzCore(f *testing.F) {
	f.Add("X: y\r\n\r\nz", uint8(3))
	f.Add("\n\n", uint8(1))
	f.Add("a\r\r\n\r\n\r", uint8(7))
	f.Fuzz(func(t *testing.T, text string, cut uint8) {
		text = coreHead + text
		whole, err := readWhole(strings.NewReader(text))
		if err != nil || whole.size != int64(len(text)) {
			t.Errorf("%q: got size %d, %v", text, whole.size, err)
		}
		tap := &coreTap{body: NewCanonical()}
		for rest := text; rest != ""; {
			n := min(len(rest), int(cut)%9+1)
			tap.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		if got := tap.sum(); got != whole.core {
			t.Errorf("%q: in pieces got another core", text)
		}
		if moved, _ := readWhole(strings.NewReader("Received: by q; x\r\n" + text)); moved.core != whole.core {
			t.Errorf("%q: one more Received gives another core", text)
		}
	})
}
