package transfer

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
)

// fillLarge has a body of so many bytes, which are all b, go to a file, and reads it
// back.
func fillLarge(t *testing.T, s *spool, f *filler, n int, b byte) *batch {
	t.Helper()
	into, body := &batch{spool: s}, bytes.Repeat([]byte{b}, n)
	if err := f.fill(into, bytes.NewReader(body), &Letter{Message: Message{Size: int64(n)}}); err != nil {
		t.Fatal(err)
	}
	if len(into.files) != 1 {
		t.Fatalf("%d bytes: got %d files, want one", n, len(into.files))
	}
	checkBody(t, into.letters[0], body)
	return into
}

// checkBody reads a letter twice, as it is sent and sent again.
func checkBody(t *testing.T, l *Letter, want []byte) {
	t.Helper()
	for range 2 {
		end, err := l.Body.Seek(0, io.SeekEnd)
		if err != nil || end != int64(len(want)) || l.Size != end {
			t.Errorf("got an end at %d, size %d, %v, want %d", end, l.Size, err, len(want))
		}
		if at, err := l.Body.Seek(0, io.SeekStart); err != nil || at != 0 {
			t.Fatalf("got to %d, %v, want 0", at, err)
		}
		got, err := io.ReadAll(l.Body)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %d bytes, %v, want %d others", len(got), err, len(want))
		}
	}
}

// TestTempFileHoldsOneBodyAfterTheOther: the next one in a file ends where it ends,
// whatever is behind it, and two that are on their way never share one.
func TestTempFileHoldsOneBodyAfterTheOther(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	first := fillLarge(t, s, f, 2*largeBytes, 'a')
	file := first.files[0].in
	first.release()
	first.release()
	shorter := fillLarge(t, s, f, largeBytes+1, 'b')
	if shorter.files[0].in != file {
		t.Error("the file was not used again")
	}
	other := fillLarge(t, s, f, largeBytes+2, 'c')
	if other.files[0].in == file {
		t.Fatal("two bodies got the same file")
	}
	checkBody(t, shorter.letters[0], bytes.Repeat([]byte{'b'}, largeBytes+1))
	shorter.release()
	other.release()
	fillLarge(t, s, f, 3*largeBytes, 'd').release()
	s.close()
}

// TestTempFileOfAMendedBody: what comes of a body whose line ends are mended is in a
// file of its own.
func TestTempFileOfAMendedBody(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	fillLarge(t, s, f, 2*largeBytes, 'a').release()
	b := &batch{spool: s}
	line := append(bytes.Repeat([]byte{'x'}, 99), '\n')
	if err := f.fill(b, bytes.NewReader(bytes.Repeat(line, largeBytes/50)), &Letter{}); err != nil {
		t.Fatal(err)
	}
	mended := append(bytes.Repeat([]byte{'x'}, 99), "\r\n"...)
	if n, err := io.Copy(io.Discard, b.letters[0].Body); n != b.letters[0].Size || err != nil {
		t.Errorf("at first: got %d bytes, %v, want %d", n, err, b.letters[0].Size)
	}
	checkBody(t, b.letters[0], bytes.Repeat(mended, largeBytes/50))
	b.release()
	if len(s.idle) != 2 || s.idle[0] == s.idle[1] {
		t.Errorf("got %d files back, want two", len(s.idle))
	}
	s.close()
}

// TestTempFileTakesAKnownBodyAtOnce: one that is known to be large takes no memory.
func TestTempFileTakesAKnownBodyAtOnce(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	body := bytes.Repeat([]byte{'k'}, 2*largeBytes)
	for _, told := range []int64{int64(len(body)), largeBytes + 1} { // a server may tell another size
		b, l := &batch{spool: s}, &Letter{Message: Message{Size: told}}
		if err := f.fill(b, bytes.NewReader(body), l); err != nil {
			t.Fatal(err)
		}
		checkBody(t, l, body)
		if len(b.blocks) != 0 || len(b.files) != 1 {
			t.Errorf("%d bytes told: got %d blocks and %d files, want none and one", told, len(b.blocks), len(b.files))
		}
		b.release()
	}
	s.close()
}

// TestTempFilesOfBoasts: small bodies that were said to be large are in memory, all but
// one of a window.
func TestTempFilesOfBoasts(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	b := &batch{spool: s}
	for range 64 {
		if err := f.fill(b, bytes.NewReader([]byte("small")), &Letter{Message: Message{Size: 1 << 30}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range b.letters {
		checkBody(t, l, []byte("small"))
	}
	if len(b.files) != 1 {
		t.Errorf("got %d files, want one", len(b.files))
	}
	b.release()
	s.close()
}

// TestTempBodyIsOverWithItsBatch: what is late finds no other body's bytes, and cannot
// spoil them.
func TestTempBodyIsOverWithItsBatch(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	first := fillLarge(t, s, f, 2*largeBytes, 'a')
	late := first.files[0]
	late.Seek(0, io.SeekStart)
	first.release()
	if s.keep(late); len(s.idle) != 1 {
		t.Fatalf("given back twice: got %d files that wait, want one", len(s.idle))
	}
	second := fillLarge(t, s, f, 2*largeBytes, 'b')
	if second.files[0].in != late.in {
		t.Fatal("the file was not used again")
	}
	if n, err := late.Read(make([]byte, 10)); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("reading late: got %d bytes, %v, want none and an error", n, err)
	}
	if n, err := late.Write([]byte("spoilt")); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("writing late: got %d bytes, %v, want none and an error", n, err)
	}
	checkBody(t, second.letters[0], bytes.Repeat([]byte{'b'}, 2*largeBytes))
	second.release()
	s.close()
}

// TestTempFilesDoNotPileUp: those that wait take so much room and no more, and none is
// open when the run is over, also of those that a cut has left in use.
func TestTempFilesDoNotPileUp(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	one, two := fillLarge(t, s, f, largeBytes+1, 'p'), fillLarge(t, s, f, largeBytes+1, 'p')
	three, used := fillLarge(t, s, f, largeBytes+1, 'p'), fillLarge(t, s, f, largeBytes+1, 'p')
	files := []*os.File{one.files[0].in.file, two.files[0].in.file, three.files[0].in.file, used.files[0].in.file}
	three.files[0].in.held = idleBytes - largeBytes
	one.release()
	three.release()
	if len(s.idle) != 1 || len(s.files) != 3 || !isClosed(files[2]) {
		t.Errorf("got %d files that wait of %d, want the small one of three", len(s.idle), len(s.files))
	}
	two.release()
	if len(s.idle) != 2 || s.idleHeld != 2*(largeBytes+1) {
		t.Errorf("got %d files of %d bytes that wait, want two", len(s.idle), s.idleHeld)
	}
	again := fillLarge(t, s, f, largeBytes+1, 'p')
	if s.idleHeld != largeBytes+1 {
		t.Errorf("got %d bytes that wait, want those of one file", s.idleHeld)
	}
	s.close()
	used.release()
	again.release()
	for i, file := range files {
		if !isClosed(file) {
			t.Errorf("file %d is open after the run", i)
		}
	}
	if len(s.idle) > 0 {
		t.Error("a closed file waits for a body")
	}
}

func isClosed(f *os.File) bool {
	_, err := f.Stat()
	return errors.Is(err, os.ErrClosed)
}

// TestTempFileThatWasCut is an error, and no shorter body.
func TestTempFileThatWasCut(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	b := fillLarge(t, s, f, 2*largeBytes, 'c')
	if err := b.files[0].in.file.Truncate(largeBytes); err != nil {
		t.Fatal(err)
	}
	body := b.letters[0].Body
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, body); n != largeBytes || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d bytes and %v, want %d and an error", n, err, largeBytes)
	}
	if at, err := body.Seek(0, io.SeekCurrent); at != largeBytes || err != nil {
		t.Errorf("got to %d, %v, want %d", at, err, largeBytes)
	}
	b.release()
	s.close()
}
