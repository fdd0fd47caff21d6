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
	file := first.files[0].file
	first.release()
	first.release()
	shorter := fillLarge(t, s, f, largeBytes+1, 'b')
	if shorter.files[0].file != file {
		t.Error("the file was not used again")
	}
	other := fillLarge(t, s, f, largeBytes+2, 'c')
	if other.files[0].file == file {
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
	checkBody(t, b.letters[0], bytes.Repeat(mended, largeBytes/50))
	b.release()
	if len(s.files) != 2 || s.files[0].file == s.files[1].file {
		t.Errorf("got %d files back, want two", len(s.files))
	}
	s.close()
}

// TestTempFileTakesAKnownBodyAtOnce: one that is known to be large takes no memory.
func TestTempFileTakesAKnownBodyAtOnce(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	b, body := &batch{spool: s}, bytes.Repeat([]byte{'k'}, 2*largeBytes)
	for _, told := range []int64{int64(len(body)), largeBytes + 1} { // a server may tell another size
		l := &Letter{Message: Message{Size: told}}
		if err := f.fill(b, bytes.NewReader(body), l); err != nil {
			t.Fatal(err)
		}
		checkBody(t, l, body)
	}
	if len(b.blocks) != 0 || len(b.files) != 2 {
		t.Errorf("got %d blocks and %d files, want none and two", len(b.blocks), len(b.files))
	}
	b.release()
	s.close()
}

// TestTempFilesDoNotPileUp: few are kept, none that is very large, and none when the
// run is over.
func TestTempFilesDoNotPileUp(t *testing.T) {
	s, f := newSpool(t.TempDir()), newFiller()
	var all []*batch
	for range idleFiles + 3 {
		all = append(all, fillLarge(t, s, f, largeBytes+1, 'p'))
	}
	late := all[0]
	huge := all[1].files[0]
	huge.held = idleBytes + 1
	all[1].release()
	if !isClosed(huge.file) {
		t.Error("a very large file was kept")
	}
	for _, b := range all[2:] {
		b.release()
	}
	if len(s.files) != idleFiles {
		t.Errorf("got %d files kept, want %d", len(s.files), idleFiles)
	}
	extra := fillLarge(t, s, f, largeBytes+1, 'e')
	kept := append([]*tempFile{extra.files[0], late.files[0]}, s.files...)
	extra.release()
	last := late.files[0].file
	s.close()
	late.release()
	for _, k := range kept {
		if !isClosed(k.file) {
			t.Error("a file is open after the run")
		}
	}
	if !isClosed(last) {
		t.Error("a file that came back late is open")
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
	if err := b.files[0].file.Truncate(largeBytes); err != nil {
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
