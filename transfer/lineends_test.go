package transfer_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestLineEnds(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	tests := []struct {
		in, want string
		ends     int64
	}{
		{"", "", 0},
		{"a", "a", 0},
		{"\n", "\r\n", 1},
		{"\n\n", "\r\n\r\n", 2},
		{"a\r\nb\nc\r", "a\r\nb\r\nc\r", 1},
		{"\r\r\n\r\n\n", "\r\r\n\r\n\r\n", 1},
		{"a\rb\x00\xff", "a\rb\x00\xff", 0},
		{long[1:] + "\r\n\n", long[1:] + "\r\n\r\n", 1},
		{long + "\n", long + "\r\n", 1},
	}
	for _, tc := range tests {
		for name, src := range map[string]io.Reader{
			"whole":   strings.NewReader(tc.in),
			"bytes":   iotest.OneByteReader(strings.NewReader(tc.in)),
			"dataerr": iotest.DataErrReader(strings.NewReader(tc.in)),
		} {
			var r transfer.LineEnds
			mended := &transfer.Mended{}
			r.Reset(src, mended)
			p, err := io.ReadAll(iotest.OneByteReader(&r))
			if string(p) != tc.want || err != nil || mended.LineEnds != tc.ends {
				t.Errorf("%s, %.20q of %d bytes: got %.20q of %d, %d mended, %v, want %.20q of %d, %d",
					name, tc.in, len(tc.in), p, len(p), mended.LineEnds, err, tc.want, len(tc.want), tc.ends)
			}
		}
	}
}

func TestLineEndsPassOnErrors(t *testing.T) {
	broken := errors.New("disk")
	var r transfer.LineEnds
	r.Reset(io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(broken)), &transfer.Mended{})
	p, err := io.ReadAll(&r)
	if string(p) != "a\r\n" || !errors.Is(err, broken) {
		t.Errorf("got %q, %v, want %q and %v", p, err, "a\r\n", broken)
	}
}

func FuzzLineEnds(f *testing.F) {
	f.Add("a\r\nb\n\r\r\n", 3)
	f.Fuzz(func(t *testing.T, in string, size int) {
		want := strings.ReplaceAll(strings.ReplaceAll(in, "\r\n", "\n"), "\n", "\r\n")
		var r transfer.LineEnds
		mended := &transfer.Mended{}
		r.Reset(strings.NewReader(in), mended)
		var got strings.Builder
		if _, err := io.CopyBuffer(struct{ io.Writer }{&got}, &r, make([]byte, 1+uint(size)%97)); err != nil {
			t.Fatal(err)
		}
		if got.String() != want || mended.LineEnds != int64(len(want)-len(in)) {
			t.Errorf("%q: got %q with %d mended, want %q", in, got.String(), mended.LineEnds, want)
		}
	})
}
