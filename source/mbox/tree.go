package mbox

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// box is one mbox file.
type box struct {
	path []string // Folder.Path
	file string
	name string // for people
	info fs.FileInfo
}

// Folders lists the mbox files, by name. One file is one folder. In a tree,
//
//	X and X.sbd/Y          are X and X/Y          (Thunderbird)
//	X.mbox/mbox            is X                   (Apple Mail)
//	X.mbox, X.mbx, X.gz    are X
//	D/X                    is D/X
//
// and Inbox or mbox at its top is INBOX. What does not begin like an mbox file
// is left out, and told in [Source.Notes]. A file that cannot be read is a
// folder all the same: listing it tells why.
func (s *Source) Folders(ctx context.Context) ([]transfer.Folder, error) {
	if err := s.ended(ctx); err != nil {
		return nil, err
	}
	w := &walk{ctx: ctx, root: s.root, boxes: map[string]box{}, seen: map[string]bool{}}
	if err := w.start(s.tree); err != nil {
		return nil, lasting(fmt.Errorf("list %s: %w", s.root, err))
	}
	s.boxes = w.boxes
	s.notes[""] = w.notes()
	now := time.Now()
	folders := make([]transfer.Folder, len(w.order))
	for i, key := range w.order {
		b := w.boxes[key]
		folders[i] = transfer.Folder{Path: b.path, State: fingerprint(b.info, now), Count: -1, Bytes: -1}
	}
	return folders, nil
}

// walk goes through a tree once.
type walk struct {
	ctx     context.Context
	root    string
	boxes   map[string]box
	order   []string
	seen    map[string]bool // folders, by their true path
	foreign []string        // files that are no mbox files
}

func (w *walk) start(tree bool) error {
	base := filepath.Base(w.root)
	if !tree {
		info, err := os.Stat(w.root)
		if err != nil {
			return err
		}
		w.add(nil, base, w.root, info)
		return nil
	}
	if stem, ok := cutSuffixFold(base, ".mbox"); ok && isFile(filepath.Join(w.root, "mbox")) {
		return w.apple(nil, stem, w.root)
	}
	return w.folder(nil, w.root, false)
}

// folder takes all that is in a folder. apple leaves out the file mbox, which
// is the folder itself.
func (w *walk) folder(path []string, dir string, apple bool) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	target, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	if w.seen[target] {
		return nil
	}
	w.seen[target] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	mozilla := isMozilla(dir, entries)
	for _, e := range entries {
		if apple && e.Name() == "mbox" {
			continue
		}
		if err := w.entry(path, dir, e, mozilla); err != nil {
			return err
		}
	}
	return nil
}

// entry takes one name in a folder.
func (w *walk) entry(path []string, dir string, e fs.DirEntry, mozilla bool) error {
	full := filepath.Join(dir, e.Name())
	info, err := os.Stat(full) // follows links
	if err != nil {
		if e.Type()&fs.ModeSymlink != 0 || errors.Is(err, fs.ErrNotExist) {
			return nil // a link to nothing, or gone
		}
		return err
	}
	switch {
	case info.IsDir():
		if e.Type()&fs.ModeSymlink != 0 && w.within(full) {
			return nil
		}
		return w.subfolder(path, full, e.Name())
	case info.Mode().IsRegular():
		return w.file(path, full, e.Name(), info, mozilla)
	}
	return nil
}

// within reports whether a link leads into the tree, where its target is met anyway.
func (w *walk) within(link string) bool {
	target, err := filepath.EvalSymlinks(link)
	if err != nil {
		return true
	}
	root, err := filepath.EvalSymlinks(w.root)
	if err != nil {
		return true
	}
	rel, err := filepath.Rel(root, target)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func (w *walk) subfolder(path []string, full, name string) error {
	if stem, ok := cutSuffixFold(name, ".mbox"); ok {
		return w.apple(path, stem, full)
	}
	if stem, ok := cutSuffixFold(name, ".sbd"); ok {
		name = stem
	}
	return w.folder(placed(path, name), full, false)
}

// apple takes Apple Mail's X.mbox, which holds mbox and further folders.
func (w *walk) apple(path []string, stem, full string) error {
	own := filepath.Join(full, "mbox")
	info, err := os.Stat(own)
	is := err == nil && info.Mode().IsRegular()
	if is {
		w.add(path, stem+".mbox", own, info)
	}
	return w.folder(placed(path, stem), full, is)
}

// file takes a file if it is mbox.
func (w *walk) file(path []string, full, name string, info fs.FileInfo, mozilla bool) error {
	void, err := sniff(full)
	var foreign *notMbox
	switch {
	case errors.As(err, &foreign) || errors.Is(err, gzip.ErrHeader):
		if !isCompanion(name) {
			w.foreign = append(w.foreign, w.relative(full))
		}
		return nil
	case err != nil:
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	case void:
		if _, ends := cutSuffixFold(name, ".mbox"); !ends && !mozilla || isCompanion(name) {
			return nil
		}
	}
	w.add(path, name, full, info)
	return nil
}

// add makes a folder of a file. Where two files would be the same folder, the
// later one keeps its whole name, or gets a number.
func (w *walk) add(parent []string, name, full string, info fs.FileInfo) {
	path := placed(parent, stem(name))
	if len(path) == 1 && path[0] == "mbox" {
		path[0] = "INBOX"
	}
	for n := 1; ; n++ {
		key := (transfer.Folder{Path: path}).Key()
		if _, taken := w.boxes[key]; !taken {
			w.boxes[key] = box{path: path, file: full, name: w.relative(full), info: info}
			w.order = append(w.order, key)
			return
		}
		path = join(parent, clean(name))
		if n > 1 {
			path = join(parent, clean(name)+" ("+strconv.Itoa(n)+")")
		}
	}
}

// relative is a file's name for people.
func (w *walk) relative(full string) string {
	rel, err := filepath.Rel(w.root, full)
	if err != nil || rel == "." {
		return filepath.Base(full)
	}
	return filepath.ToSlash(rel)
}

// notes tells what was left out.
func (w *walk) notes() []string {
	switch n := len(w.foreign); {
	case n == 0:
		return nil
	case n == 1:
		return []string{fmt.Sprintf("%s is no mbox file and was left out", w.foreign[0])}
	default:
		some := strings.Join(w.foreign[:min(n, 3)], ", ")
		if n > 3 {
			some += ", ..."
		}
		return []string{fmt.Sprintf("%d files are no mbox files and were left out: %s", n, some)}
	}
}
