package maildir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/scratch"
	"github.com/mailhaul/mailhaul/transfer"
)

// index holds the names of all messages of one folder, in the order of
// delivery.
type index struct {
	*pages
	dir      string
	keywords []transfer.Flag
	stamp    stamp
	read     time.Time // when
}

// readIndex reads the names in new and cur, in this order: so a message that
// moves on meanwhile is seen twice rather than not at all. As a file that is
// renamed meanwhile may escape the system's list, it reads again when the
// folder changed in between, up to a few times. The caller closes the index.
func readIndex(dir string, temp *scratch.Files) (*index, error) {
	for k := 0; ; k++ {
		x, err := readOnce(dir, temp)
		if err != nil || k == 4 || takeStamp(dir) == x.stamp {
			return x, err
		}
		x.close()
	}
}

// readOnce uses memory alone where temporary files are not to be had.
func readOnce(dir string, temp *scratch.Files) (*index, error) {
	x := &index{dir: dir, stamp: takeStamp(dir), read: time.Now()}
	words, err := os.ReadFile(filepath.Join(dir, keywordsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read keywords: %w", err)
	}
	x.keywords = parseKeywords(string(words))
	all := &sorter{temp: temp}
	var full error
	err = files(dir, func(file string, fresh bool) {
		if full == nil {
			full = all.add(file, fresh)
		}
	})
	if err == nil && full == nil {
		x.pages, full = all.finish()
	}
	if err == nil && full == nil {
		return x, nil
	}
	if all.file != nil {
		temp.End(all.file)
	}
	if err == nil && temp != nil {
		return readOnce(dir, nil)
	}
	return nil, errors.Join(err, full)
}

// path is where a file is.
func (x *index) path(m mail) string {
	part := "cur"
	if m.fresh {
		part = "new"
	}
	return filepath.Join(x.dir, part, m.file)
}

// search answers the file of an ID, and whether there is one.
func (x *index) search(id string) (m mail, found bool, err error) {
	c, found, err := x.pages.search(spotOf(id))
	if err != nil || !found {
		return m, false, err
	}
	return x.next(&c)
}

// after answers the cursor behind an ID, which may be gone.
func (x *index) after(id string) (cursor, error) {
	if id == "" {
		return cursor{}, nil
	}
	c, found, err := x.pages.search(spotOf(id))
	if found {
		c.entry++
	}
	return c, err
}

// message is what the names tell of a file; info is its state.
func (x *index) message(f mail, info fs.FileInfo, now time.Time) transfer.Message {
	n := parseName(f.file)
	m := transfer.Message{ID: f.id(), Size: n.virtual, Date: arrival(info.ModTime(), n.sec, now)}
	if !f.fresh {
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
