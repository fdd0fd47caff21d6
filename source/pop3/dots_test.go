package pop3

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestDots(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, tc := range []struct {
		name, wire, want string
		size             int64
		mended           int64
	}{
		{"plain", "a\r\nb\r\n.\r\n", "a\r\nb\r\n", 6, 0},
		{"empty", ".\r\n", "", 0, 0},
		{"blank line", "\r\n.\r\n", "\r\n", 2, 0},
		{"stuffed dots", "..\r\n...\r\n..a\r\na.\r\n.\r\n", ".\r\n..\r\n.a\r\na.\r\n", 14, 0},
		{"dot that was not stuffed", ".a\r\n.\r\n", "a\r\n", 3, 0},
		{"final line end added by the protocol", "a\r\nb\r\n.\r\n", "a\r\nb", 4, 0},
		{"nothing but the added line end", "\r\n.\r\n", "", 0, 0},
		{"size that lies", "a\r\nb\r\n.\r\n", "a\r\nb\r\n", 5, 0},
		{"size not known", "\n.\r\n\r\n.\r\n", "\r\n.\r\n\r\n", -1, 1},
		{"bare LF", "a\nb\n\nc\r\n.\r\n", "a\r\nb\r\n\r\nc\r\n", 8, 3},
		{"dot after bare LF is no end", "a\n.\r\nb\n.\nc\n..d\r\n.\r\n", "a\r\n.\r\nb\r\n.\r\nc\r\n..d\r\n", -1, 4},
		{"dot before bare LF is no end", "a\r\n.\nb\r\n.\r\n", "a\r\n\r\nb\r\n", -1, 1},
		{"CRs", "a\r\r\nb\rc\r\n\r\r\r\n.\r\n", "a\r\r\nb\rc\r\n\r\r\r\n", -1, 0},
		{"CR before a dot", "a\r.\r\n.\r\n", "a\r.\r\n", -1, 0},
		{"NUL, 8 bit, BOM", "\xef\xbb\xbfa\x00\xff\r\n.\r\n", "\xef\xbb\xbfa\x00\xff\r\n", -1, 0},
		{"long lines", long + "\r\n." + long + "\r\n" + long + "\r" + long + "\n.\r\n\r\n.\r\n", long + "\r\n" + long + "\r\n" + long + "\r" + long + "\r\n.\r\n\r\n", -1, 1},
		{"CR at the edge of a buffer", strings.Repeat("x", 15) + "\r\n" + strings.Repeat("y", 15) + "\rz\r\n" + strings.Repeat("\r", 40) + "\n.\r\n",
			strings.Repeat("x", 15) + "\r\n" + strings.Repeat("y", 15) + "\rz\r\n" + strings.Repeat("\r", 40) + "\n", -1, 0},
	} {
		for how, in := range readers(tc.wire + "+OK next\r\n") {
			d := request{size: tc.size}.text(in)
			got, err := io.ReadAll(d)
			if string(got) != tc.want || err != nil || d.mended.LineEnds != tc.mended {
				t.Errorf("%s, %s: got %q, %v, %d mended, want %q, nil, %d", tc.name, how, got, err, d.mended.LineEnds, tc.want, tc.mended)
			}
			if rest, _ := io.ReadAll(in); string(rest) != "+OK next\r\n" {
				t.Errorf("%s, %s: got %q left, want the next reply", tc.name, how, rest)
			}
		}
	}
}

// readers give the same bytes in pieces of several sizes.
func readers(s string) map[string]*bufio.Reader {
	return map[string]*bufio.Reader{
		"whole":        bufio.NewReaderSize(strings.NewReader(s), 64<<10),
		"small buffer": bufio.NewReaderSize(strings.NewReader(s), 16),
		"odd buffer":   bufio.NewReaderSize(strings.NewReader(s), 17),
		"byte by byte": bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(s)), 64<<10),
	}
}

func TestDotsCutOff(t *testing.T) {
	for _, wire := range []string{"", "a", "a\r", "a\r\n", "a\r\n.", "a\r\n.\r", "a\r\n..\r\n", "a\n.\r\n"} {
		d := request{size: -1}.text(bufio.NewReader(strings.NewReader(wire)))
		if _, err := io.ReadAll(d); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: got %v, want io.ErrUnexpectedEOF", wire, err)
		}
	}
	broken := errors.New("cable pulled")
	d := request{size: -1}.text(bufio.NewReader(iotest.ErrReader(broken)))
	if _, err := io.ReadAll(d); !errors.Is(err, broken) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want both %v and io.ErrUnexpectedEOF", err, broken)
	}
}

func TestDotsDrain(t *testing.T) {
	in := bufio.NewReader(strings.NewReader("a\r\nb\r\n.\r\nnext"))
	d := request{size: -1}.text(in)
	if _, err := d.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := d.drain(); err != nil {
		t.Errorf("drain: got %v, want nil", err)
	}
	if n, err := d.Read(make([]byte, 9)); n != 0 || err != errLate {
		t.Errorf("read after drain: got %d, %v, want 0, %v", n, err, errLate)
	}
	if rest, _ := io.ReadAll(in); string(rest) != "next" {
		t.Errorf("got %q left, want %q", rest, "next")
	}
}

// plainDots is what dots does, said as simply as can be, over a whole reply.
func plainDots(wire []byte, size int64) (out []byte, ok bool) {
	var count int64
	for start := true; ; {
		i := bytes.IndexByte(wire, '\n')
		if i < 0 {
			return nil, false
		}
		line := wire[:i+1]
		wire = wire[i+1:]
		if start && string(line) == ".\r\n" {
			break
		}
		if start && line[0] == '.' {
			line = line[1:]
		}
		count += int64(len(line))
		start = bytes.HasSuffix(line, []byte("\r\n"))
		if !start {
			line = append(bytes.Clone(line[:len(line)-1]), "\r\n"...)
		}
		out = append(out, line...)
	}
	if size >= 0 && count == size+2 {
		out = bytes.TrimSuffix(out, []byte("\r\n"))
	}
	return out, true
}

func FuzzDots(f *testing.F) {
	f.Add("a\r\n..b\n.\r\nc\r\n.\r\n", 4)
	f.Add(".\r\n", 0)
	f.Add("\r\r\n\r.\r\n.\r\n", 3)
	f.Fuzz(func(t *testing.T, s string, size int) {
		want, ok := plainDots([]byte(s), int64(size))
		for how, in := range readers(s) {
			got, err := io.ReadAll(request{size: int64(size)}.text(in))
			if (err == nil) != ok || ok && !bytes.Equal(got, want) {
				t.Errorf("%q with size %d, %s: got %q, %v, want %q, complete %v", s, size, how, got, err, want, ok)
			}
		}
		m := strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
		got, err := io.ReadAll(request{size: int64(len(m))}.text(bufio.NewReader(strings.NewReader(stuffed(m)))))
		if err != nil || string(got) != m {
			t.Errorf("message %q came back as %q, %v", m, got, err)
		}
	})
}
