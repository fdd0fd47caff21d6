package mbox

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

func TestSource(t *testing.T) {
	for _, zip := range []bool{false, true} {
		t.Run(fmt.Sprintf("zipped=%v", zip), func(t *testing.T) {
			dir := t.TempDir()
			transfertest.Source(t, transfertest.SourceStore{
				Open:    func(t *testing.T) transfer.Source { return open(t, dir) },
				Folders: fill(t, dir, zip),
				Flags:   true, Dates: true, Sizes: true,
				Snapshot: func(t *testing.T) string { return snapshot(t, dir) },
				Remove:   func(t *testing.T, f transfer.Folder, m transfer.Message) { remove(t, dir, f, m, zip) },
			})
		})
	}
}

// fill makes a Thunderbird tree and tells what is in it.
func fill(t *testing.T, dir string, zip bool) []transfertest.WantFolder {
	var want []transfertest.WantFolder
	for _, path := range [][]string{{"INBOX"}, {"INBOX", "Grüße & more"}, {"Empty"}} {
		w := transfertest.WantFolder{Path: path}
		var file strings.Builder
		for n := range 5 {
			if path[0] == "Empty" {
				break
			}
			raw := fmt.Sprintf("Subject: %d\nX-Mozilla-Status: 000%d\n\nhi %s\n>From me\n\n\n", n, n%2, strings.Repeat("x", n*40000))
			fmt.Fprintf(&file, "From - Mon Jan %2d 10:00:00 2020\n%s\n", n+6, raw)
			m := transfertest.WantMessage{
				Body:   []byte(crlf(strings.Replace(raw, ">From", "From", 1))),
				Date:   time.Date(2020, 1, n+6, 10, 0, 0, 0, time.UTC),
				Mended: &transfer.Mended{LineEnds: int64(strings.Count(raw, "\n")), Unquoted: 1},
			}
			if n%2 == 1 {
				m.Flags = []transfer.Flag{transfer.Seen}
			}
			w.Messages = append(w.Messages, m)
		}
		content := file.String()
		if zip && content != "" {
			content = zipped(t, content)
		}
		write(t, fileOf(dir, path), content)
		write(t, fileOf(dir, path)+".msf", "// index")
		want = append(want, w)
	}
	return want
}

func fileOf(dir string, path []string) string { return filepath.Join(dir, strings.Join(path, ".sbd/")) }

// snapshot is a fingerprint of all files, with their times.
func snapshot(t *testing.T, dir string) string {
	h := sha256.New()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(h, name, info.Size(), info.ModTime(), info.Mode())
		if d.IsDir() {
			return nil
		}
		b, err := os.ReadFile(name)
		h.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// remove compacts one message away.
func remove(t *testing.T, dir string, f transfer.Folder, m transfer.Message, zip bool) {
	s := open(t, dir)
	var kept strings.Builder
	for _, g := range fetchAll(t, s, f, list(t, s, f, "")) {
		if g.ID != m.ID {
			raw := strings.Replace(strings.ReplaceAll(g.body, "\r\n", "\n"), "\nFrom me", "\n>From me", 1)
			fmt.Fprintf(&kept, "From - %s\n%s\n", g.Date.Format(time.ANSIC), raw)
		}
	}
	content := kept.String()
	if zip {
		content = zipped(t, content)
	}
	write(t, fileOf(dir, f.Path), content)
}
