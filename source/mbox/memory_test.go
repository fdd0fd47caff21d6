package mbox

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/mailhaul/mailhaul/internal/scratch"
)

// endless gives n messages of that size without holding them.
type endless struct {
	head, line string
	n, lines   int
	at         int // line of the message
	rest       string
	seen       func(left int) // nil, or called before each message
}

func (e *endless) Read(p []byte) (total int, err error) {
	for total < len(p) {
		if e.rest == "" && !e.advance() {
			return total, io.EOF
		}
		n := copy(p[total:], e.rest)
		e.rest = e.rest[n:]
		total += n
	}
	return total, nil
}

// advance makes the next line the rest.
func (e *endless) advance() bool {
	if e.n == 0 {
		return false
	}
	switch e.at {
	case 0:
		if e.seen != nil {
			e.seen(e.n)
		}
		e.rest = e.head
	case e.lines:
		e.rest, e.at = "\n", -1
		e.n--
	default:
		e.rest = e.line
	}
	e.at++
	return true
}

func scanEndless(t testing.TB, e endless) *index {
	t.Helper()
	ix, err := scan(func() (io.ReadCloser, error) { return io.NopCloser(&e), nil }, arrival{now: time.Now()}, &scratch.Files{})
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// mebibytes is how much work allocates, all told.
func mebibytes(t testing.TB, work func()) uint64 {
	t.Helper()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before := m.TotalAlloc
	work()
	runtime.ReadMemStats(&m)
	return (m.TotalAlloc - before) >> 20
}

// TestMemory: what the scan allocates, all told, does not grow with the file.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 300 MB")
	}
	for _, e := range []endless{
		{head: fromA + "A: 1\n\n", line: strings.Repeat("x", 1<<20) + "\n", n: 1, lines: 301},
		{head: fromA + "A: 1\n\n", line: strings.Repeat("x", 1<<20), n: 1, lines: 301},
		{head: fromA + "A: ", line: strings.Repeat("x", 1<<20), n: 1, lines: 301},
		{head: fromA + "To: 1\n", line: " " + strings.Repeat("x", 1<<20) + "\n", n: 1, lines: 301},
	} {
		var ix *index
		if got := mebibytes(t, func() { ix = scanEndless(t, e) }); got > 8 {
			t.Errorf("%.60q with %.5q: got %d MiB allocated, want no more than 8", e.head, e.line, got)
		}
		if ix.entries.len() != 1 || ix.entries.get(0).raw < 300<<20 {
			t.Errorf("%.60q: got %d messages, want one of 300 MiB", e.head, ix.entries.len())
		}
	}
}

func TestIndexIsSmall(t *testing.T) {
	if got := unsafe.Sizeof(entry{}); got > 64 {
		t.Errorf("entry: got %d bytes, want no more than 64", got)
	}
}

func BenchmarkScan(b *testing.B) {
	for _, lines := range []int{50, 100000} {
		b.Run(fmt.Sprintf("lines=%d", lines), func(b *testing.B) {
			head := fromA + "Received: from a by b; Mon, 6 Jan 2020 09:00:00 +0200\nMessage-ID: <x@y>\nDate: Mon, 6 Jan 2020 09:00:00 +0200\nFrom: a\nTo: b\nSubject: c\n\n"
			e := endless{head: head, line: strings.Repeat("x", 75) + "\n", n: 200000 / lines, lines: lines}
			b.SetBytes(int64(e.n * (len(e.head) + (e.lines-1)*len(e.line) + 1)))
			for b.Loop() {
				scanEndless(b, e)
			}
		})
	}
}

// BenchmarkDoubts reads 5,000 places that may be starts, with lengths that lead from each
// to the next.
func BenchmarkDoubts(b *testing.B) {
	text := fromA + "Subject: a\n\n" + strings.Repeat("From a@b Mon Jan  6 10:00:00 2020\ntext\nContent-Length: 0\n\n\n", 5000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_, err := scan(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }, arrival{now: time.Now()}, &scratch.Files{})
		if err != nil {
			b.Fatal(err)
		}
	}
}
