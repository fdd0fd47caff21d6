package transfer

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func randomBytes(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(b)
	for i := range b {
		if b[i] == '\n' { // the spool would make it CRLF
			b[i] = ' '
		}
	}
	return b
}

func TestSpoolGivesBackWhatItTook(t *testing.T) {
	dir := t.TempDir()
	s, f := newSpool(dir), newFiller()
	b := &batch{spool: s}
	var want [][]byte
	for _, n := range []int{0, 1, 100, blockSize - 101, blockSize, blockSize + 1, 300_000, largeBytes, largeBytes + 1, 6 << 20} {
		body := randomBytes(n)
		want = append(want, body)
		if err := f.fill(b, iotest.HalfReader(bytes.NewReader(body)), &Letter{}); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	for round := range 2 {
		for i, l := range b.letters {
			got, err := io.ReadAll(l.Body)
			if err != nil || !bytes.Equal(got, want[i]) || l.Size != int64(len(want[i])) {
				t.Errorf("round %d, %d bytes: got %d bytes, size %d, %v", round, len(want[i]), len(got), l.Size, err)
			}
			var out bytes.Buffer
			l.Body.Seek(0, io.SeekStart)
			if n, err := io.Copy(&out, l.Body); err != nil || n != l.Size || !bytes.Equal(out.Bytes(), want[i]) {
				t.Errorf("round %d, %d bytes: copied %d, %v", round, len(want[i]), n, err)
			}
			l.Body.Seek(0, io.SeekStart)
		}
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) > 0 && runtime.GOOS != "windows" {
		t.Errorf("got files %v, want none with a name", names)
	}
	b.release()
	b.release()
}

func TestSpoolNeverBlocksAndStaysInItsBudget(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	var batches []*batch
	body := randomBytes(200_000)
	for range 2 * spoolBytes / len(body) {
		b := &batch{spool: s}
		if err := f.fill(b, bytes.NewReader(body), &Letter{}); err != nil {
			t.Fatal(err)
		}
		batches = append(batches, b)
	}
	blocks := 0
	for _, b := range batches {
		blocks += len(b.blocks)
		got, _ := io.ReadAll(b.letters[0].Body)
		if !bytes.Equal(got, body) {
			t.Fatal("a body changed in the spool")
		}
		b.release()
	}
	if blocks > spoolBytes/blockSize {
		t.Errorf("got %d blocks in memory, want at most %d", blocks, spoolBytes/blockSize)
	}
	if len(s.free) != blocks {
		t.Errorf("got %d blocks back, want %d", len(s.free), blocks)
	}
}

// fillUp fills the spool's memory with one batch.
func fillUp(t *testing.T, s *spool, f *filler) *batch {
	t.Helper()
	b := &batch{spool: s}
	for range 2 * spoolBytes / 200_000 {
		if err := f.fill(b, bytes.NewReader(randomBytes(200_000)), &Letter{}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestSpoolWaitsForWhatIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := newSpool(t.TempDir()), newFiller()
		full := fillUp(t, s, f)
		fill := func(what string, wantFiles int, want time.Duration) *batch {
			t.Helper()
			b, began := &batch{spool: s}, time.Now()
			if err := f.fill(b, bytes.NewReader(randomBytes(200_000)), &Letter{}); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); len(b.files) != wantFiles || took != want {
				t.Errorf("%s: got %d files after %v, want %d after %v", what, len(b.files), took, wantFiles, want)
			}
			return b
		}
		fill("nothing is on its way", 1, 0).release()
		s.leave(full)
		fill("nothing was released", 1, spoolPatience).release()
		fill("waiting was in vain before", 1, 0).release()
		full.release()
		full = fillUp(t, s, f)
		s.leave(full)
		time.AfterFunc(spoolPatience/2, full.release)
		fill("memory was released", 0, spoolPatience/2).release()
	})
}

// TestSpoolKnowsWhatLeaves: the belt tells it, and each batch counts once.
func TestSpoolKnowsWhatLeaves(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	b := &batch{spool: s}
	if err := f.fill(b, bytes.NewReader(randomBytes(10)), &Letter{}); err != nil {
		t.Fatal(err)
	}
	if err := newBelt(false).put(t.Context(), b); err != nil || s.away != 1 {
		t.Errorf("on the belt: got %d away, %v, want 1", s.away, err)
	}
	b.release()
	if b.release(); s.away != 0 {
		t.Errorf("released: got %d away, want none", s.away)
	}
}

// TestSpoolKeepsACutText: a text that breaks off is no text, in memory and in a file.
func TestSpoolKeepsACutText(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	for _, n := range []int{0, 100, blockSize, largeBytes, largeBytes + blockSize, largeBytes + blockSize + 1} {
		b := &batch{spool: s}
		r := io.MultiReader(bytes.NewReader(randomBytes(n)), iotest.ErrReader(io.ErrUnexpectedEOF))
		if err := f.fill(b, r, &Letter{}); !errors.Is(err, io.ErrUnexpectedEOF) || len(b.letters) > 0 {
			t.Errorf("cut after %d bytes: got %v and %d letters, want the error and none", n, err, len(b.letters))
		}
		b.release()
	}
}

func TestSpoolTellsItsOwnErrors(t *testing.T) {
	s, f := newSpool(filepath.Join(t.TempDir(), "missing")), newFiller()
	err := f.fill(&batch{spool: s}, bytes.NewReader(make([]byte, 2*largeBytes)), &Letter{})
	var local *localError
	if !errors.As(err, &local) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want a local error", err)
	}
	lost := errors.New("connection lost")
	if err := f.fill(&batch{spool: s}, iotest.ErrReader(lost), &Letter{}); !errors.Is(err, lost) || errors.As(err, &local) {
		t.Errorf("got %v, want the source's own error", err)
	}
}
