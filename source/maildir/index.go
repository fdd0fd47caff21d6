package maildir

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// index holds the names of all messages of one folder, in the order of
// delivery. It takes the names' bytes and 32 bytes more for each message.
type index struct {
	dir      string
	names    []byte // one after the other
	entries  []entry
	keywords []transfer.Flag
	stamp    stamp
	read     time.Time // when
}

// entry is one file.
type entry struct {
	sec, usec int64
	off       int // of the name
	len, base uint16
	n         uint16 // 1 unless files before it have the same base
	fresh     bool   // in new, not in cur
}

// readIndex reads the names in new and cur, in this order: so a message that
// moves on meanwhile is seen twice rather than not at all. As a file that is
// renamed meanwhile may escape the system's list, it reads again when the
// folder changed in between, up to a few times.
func readIndex(dir string) (*index, error) {
	for range 4 {
		x, err := readOnce(dir)
		if err != nil {
			return nil, err
		}
		if takeStamp(dir) == x.stamp {
			return x, nil
		}
	}
	return readOnce(dir)
}

func readOnce(dir string) (*index, error) {
	x := &index{dir: dir, stamp: takeStamp(dir), read: time.Now()}
	words, err := os.ReadFile(filepath.Join(dir, keywordsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read keywords: %w", err)
	}
	x.keywords = parseKeywords(string(words))
	if err := files(dir, x.add); err != nil {
		return nil, err
	}
	x.sort()
	return x, nil
}

// add takes in one file.
func (x *index) add(file string, fresh bool) {
	n := parseName(file)
	if len(file) > 1<<16-1 {
		return // no file system has such names
	}
	x.entries = append(x.entries, entry{
		sec: n.sec, usec: n.usec, off: len(x.names), len: uint16(len(file)), base: uint16(len(n.base)), n: 1, fresh: fresh,
	})
	x.names = append(x.names, file...)
}

// sort puts the entries in order and numbers those with the same base: cur
// comes before new.
func (x *index) sort() {
	slices.SortFunc(x.entries, func(a, b entry) int {
		if c := cmp.Or(cmp.Compare(a.sec, b.sec), cmp.Compare(a.usec, b.usec), bytes.Compare(x.base(a), x.base(b))); c != 0 {
			return c
		}
		if a.fresh != b.fresh {
			if b.fresh {
				return -1
			}
			return 1
		}
		return bytes.Compare(x.file(a), x.file(b))
	})
	for i := 1; i < len(x.entries); i++ {
		if before := x.entries[i-1]; bytes.Equal(x.base(before), x.base(x.entries[i])) {
			x.entries[i].n = before.n + 1
		}
	}
}

func (x *index) file(e entry) []byte { return x.names[e.off : e.off+int(e.len)] }
func (x *index) base(e entry) []byte { return x.names[e.off : e.off+int(e.base)] }
func (x *index) id(e entry) string   { return id(string(x.base(e)), int(e.n)) }

// path is where a file is.
func (x *index) path(e entry) string {
	part := "cur"
	if e.fresh {
		part = "new"
	}
	return filepath.Join(x.dir, part, string(x.file(e)))
}

// search answers the place of an ID in the order, and whether it is there.
func (x *index) search(id string) (int, bool) {
	base, n := parseID(id)
	sec, usec := delivery(base)
	i, found := sort.Find(len(x.entries), func(i int) int {
		e := x.entries[i]
		return cmp.Or(cmp.Compare(sec, e.sec), cmp.Compare(usec, e.usec),
			strings.Compare(base, string(x.base(e))), cmp.Compare(n, int(e.n)))
	})
	return i, found
}

// after answers the entries that come after an ID, which may be gone.
func (x *index) after(id string) []entry {
	if id == "" {
		return x.entries
	}
	i, found := x.search(id)
	if found {
		i++
	}
	return x.entries[i:]
}

// message is what the names tell of a file; info is its state.
func (x *index) message(e entry, info fs.FileInfo, now time.Time) transfer.Message {
	n := parseName(string(x.file(e)))
	m := transfer.Message{ID: x.id(e), Size: n.virtual, Date: arrival(info.ModTime(), n.sec, now)}
	if !e.fresh {
		m.Flags = flags(n.letters, x.keywords)
	}
	return m
}

// current tells whether the folder is surely as it was when it was read.
func (x *index) current() bool {
	return x.stamp.settled(x.read) && takeStamp(x.dir) == x.stamp
}

// files calls each for all messages' files in new and then in cur.
func files(dir string, each func(file string, fresh bool)) error {
	missing := 0
	for _, part := range []string{"new", "cur"} {
		err := filesIn(filepath.Join(dir, part), func(file string) { each(file, part == "new") })
		switch {
		case errors.Is(err, fs.ErrNotExist) && missing == 0:
			missing++
		case err != nil:
			return fmt.Errorf("read names: %w", err)
		}
	}
	return nil
}

func filesIn(dir string, each func(file string)) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		entries, err := d.ReadDir(1024)
		for _, e := range entries {
			if isMessage(e) {
				each(e.Name())
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// isMessage leaves out what other programs keep beside the mail.
func isMessage(e fs.DirEntry) bool {
	return !strings.HasPrefix(e.Name(), ".") && (e.Type().IsRegular() || e.Type()&fs.ModeSymlink != 0)
}
