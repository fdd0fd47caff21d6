package scratch

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

// TestFiles: files leave nothing behind, given back one by one or all at once.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	var files Files
	one, err := files.New()
	if err != nil {
		t.Fatal(err)
	}
	two, err := files.New()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		files.End(one)
	}
	files.End(nil)
	files.Close()
	for _, f := range []*os.File{one, two} {
		if _, err := f.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("write to what was given back: got %v, want %v", err, os.ErrClosed)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("got %v left behind, %v, want nothing", left, err)
	}
	if _, err := files.New(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a file after the end: got %v, want %v", err, fs.ErrClosed)
	}
}
