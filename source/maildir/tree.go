package maildir

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxDepth bounds how deep folders nest. IMAP servers allow far less.
const maxDepth = 64

// place is one Maildir and the folder that it is.
type place struct {
	path []string
	dir  string
}

func (p place) inbox() bool { return len(p.path) == 1 && p.path[0] == "INBOX" }

// walk calls found for each Maildir at root and below, in a stable order. The
// paths may be equal, see [distinct].
func walk(ctx context.Context, root string, found func(place) error) error {
	w := walker{ctx: ctx, found: found, seen: make(map[string]bool)}
	return w.dir(root, nil)
}

type walker struct {
	ctx   context.Context
	found func(place) error
	seen  map[string]bool // directories, as links may lead in circles
}

// dir looks at one directory, which is the folder of that path if it is a
// Maildir, and at those in it.
func (w *walker) dir(dir string, path []string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	if w.seen[real] || len(path) > maxDepth {
		return nil
	}
	w.seen[real] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for folders: %w", err)
	}
	mail := isMaildir(dir)
	if mail {
		if err := w.found(place{folderPath(path), dir}); err != nil {
			return err
		}
	}
	for _, e := range entries {
		sub := filepath.Join(dir, e.Name())
		if !passable(e, sub) || mail && isPart(e.Name()) {
			continue
		}
		if err := w.dir(sub, append(slices.Clone(path), components(e.Name(), sub)...)); err != nil {
			return err
		}
	}
	return nil
}

// isMaildir tells whether mail lies in dir. Backups that keep no empty
// directories may have lost cur.
func isMaildir(dir string) bool {
	return isDir(filepath.Join(dir, "cur")) ||
		isDir(filepath.Join(dir, "new")) && isDir(filepath.Join(dir, "tmp"))
}

func isPart(name string) bool { return name == "cur" || name == "new" || name == "tmp" }

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// passable tells whether folders may be in e: a directory or a link to one, but
// not the one that file systems keep for themselves.
func passable(e fs.DirEntry, path string) bool {
	if e.Name() == "lost+found" && !isMaildir(path) {
		return false
	}
	if e.Type()&fs.ModeSymlink != 0 {
		return isDir(path)
	}
	return e.IsDir()
}

// components are the levels that a directory's name adds to the path.
func components(name, dir string) []string {
	dotted, ok := strings.CutPrefix(name, ".")
	if !ok {
		return []string{decodeName(name)}
	}
	// KMail keeps the folders below "A" in ".A.directory".
	if parent, ok := strings.CutSuffix(dotted, ".directory"); ok && parent != "" && !isMaildir(dir) {
		return []string{decodeName(parent)}
	}
	var out []string
	for c := range strings.SplitSeq(dotted, ".") {
		if c != "" {
			out = append(out, decodeName(c))
		}
	}
	if out == nil {
		out = []string{name}
	}
	return out
}

// folderPath is the path of a folder: the root is INBOX, and so is a folder of
// that name in any case.
func folderPath(path []string) []string {
	if len(path) == 0 || len(path) == 1 && strings.EqualFold(path[0], "INBOX") {
		return []string{"INBOX"}
	}
	return path
}

// distinct sorts places, INBOX first, and gives those whose path another one
// has too a number: "Archive", "Archive (2)".
func distinct(places []place) []place {
	slices.SortStableFunc(places, func(a, b place) int {
		if a.inbox() != b.inbox() {
			if a.inbox() {
				return -1
			}
			return 1
		}
		return cmp.Or(slices.Compare(a.path, b.path), cmp.Compare(a.dir, b.dir))
	})
	taken := make(map[string]bool, len(places))
	for _, p := range places {
		taken[key(p.path)] = true
	}
	for i := range places {
		if i == 0 || !slices.Equal(places[i].path, places[i-1].path) {
			continue
		}
		first := places[i].path
		for k := i; k < len(places) && slices.Equal(places[k].path, first); k++ {
			places[k].path = numbered(first, taken)
		}
	}
	return places
}

// numbered is path with a number that makes it one of its own.
func numbered(path []string, taken map[string]bool) []string {
	for n := 2; ; n++ {
		out := slices.Clone(path)
		out[len(out)-1] += fmt.Sprintf(" (%d)", n)
		if !taken[key(out)] {
			taken[key(out)] = true
			return out
		}
	}
}

func key(path []string) string { return strings.Join(path, "\x00") }
