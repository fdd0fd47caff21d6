package kill

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// disk is what a disk holds of the files that a traced process writes: what is
// safe, and what may be lost with the power. A sync of a file makes its content
// safe, a sync of a folder the names in it, nothing else does.
type disk struct {
	live    map[string]*inode // by path, as the process sees it
	safe    map[string]*inode // names that a loss of power leaves
	pending []naming          // in order
	folders map[string]bool   // that the process has made
}

// inode is a file's or a folder's content, whatever its name.
type inode struct {
	folder bool
	safe   []byte
	queue  []writing // since the last sync
}

// naming gives a path to an inode, nil takes it away.
type naming struct {
	path string
	node *inode
}

// writing changes the content: bytes at an offset, or a new length if data is
// nil.
type writing struct {
	offset int64
	data   []byte
}

func newDisk() *disk {
	return &disk{live: map[string]*inode{}, safe: map[string]*inode{}, folders: map[string]bool{}}
}

// apply is told of a call that has succeeded.
func (d *disk) apply(c *call) {
	n := d.live[c.path]
	switch c.name {
	case "open", "mkdir":
		n = &inode{folder: c.name == "mkdir"}
		d.live[c.path] = n
		d.folders[c.path] = n.folder
		d.pending = append(d.pending, naming{c.path, n})
	case "unlink":
		delete(d.live, c.path)
		d.pending = append(d.pending, naming{c.path, nil})
	case "rename", "fallocate", "writev":
		panic("not expected of a checkpoint: " + c.name + " " + c.path)
	case "sync":
		d.sync(c.path, n)
	case "truncate":
		if n != nil {
			n.queue = append(n.queue, writing{offset: c.offset})
		}
	case "pwrite", "write":
		if n == nil {
			return
		}
		offset := c.offset
		if c.name == "write" { // one after the other, from the start
			offset = n.length()
		}
		n.queue = append(n.queue, writing{offset, c.data[:min(int(c.result), len(c.data))]})
	}
}

func (n *inode) length() int64 {
	content := n.content(func(int, writing) bool { return true }, nil)
	return int64(len(content))
}

func (d *disk) sync(path string, n *inode) {
	if n != nil && !n.folder {
		n.safe, n.queue = n.content(func(int, writing) bool { return true }, nil), nil
		return
	}
	d.pending = slices.DeleteFunc(d.pending, func(p naming) bool {
		if filepath.Dir(p.path) != path {
			return false
		}
		name(d.safe, p)
		return true
	})
}

func name(names map[string]*inode, p naming) {
	if p.node == nil {
		delete(names, p.path)
		return
	}
	names[p.path] = p.node
}

// sector is what a disk writes whole or not at all.
const sector = 512

// content is what is safe with those of the queue that keep wants; torn, if
// given, says of each sector of a write whether it reached the disk.
func (n *inode) content(keep func(i int, w writing) bool, torn func() bool) []byte {
	out := append([]byte{}, n.safe...) // nil is for folders
	for i, w := range n.queue {
		switch {
		case !keep(i, w):
		case w.data == nil:
			out = resize(out, w.offset)
		default:
			out = write(out, w, torn)
		}
	}
	return out
}

func write(out []byte, w writing, torn func() bool) []byte {
	for at := int64(0); at < int64(len(w.data)); {
		end := min(int64(len(w.data)), at+sector-(w.offset+at)%sector)
		if torn == nil || torn() {
			out = resize(out, max(int64(len(out)), w.offset+end))
			copy(out[w.offset+at:], w.data[at:end])
		}
		at = end
	}
	return out
}

func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// crash is one of the many things that a loss of power now can leave: files by
// path, folders with nil.
func (d *disk) crash(random *rand.Rand) map[string][]byte {
	names := maps.Clone(d.safe)
	mode := random.IntN(4)
	for _, p := range d.pending {
		if mode == 1 || mode > 1 && random.IntN(2) == 0 {
			name(names, p)
		}
	}
	image := map[string][]byte{}
	for _, path := range slices.Sorted(maps.Keys(names)) {
		if n := names[path]; d.reachable(names, path) {
			image[path] = nil
			if !n.folder {
				image[path] = n.crash(mode, random)
			}
		}
	}
	return image
}

// reachable reports whether the folders above that the process has made are
// there.
func (d *disk) reachable(names map[string]*inode, path string) bool {
	for up := filepath.Dir(path); d.folders[up]; up = filepath.Dir(up) {
		if names[up] == nil {
			return false
		}
	}
	return true
}

// crash is: nothing of the queue, all of it, its first part and a torn write,
// or any of it, torn.
func (n *inode) crash(mode int, random *rand.Rand) []byte {
	upTo := random.IntN(len(n.queue) + 1)
	keep := func(i int, _ writing) bool {
		switch mode {
		case 0:
			return false
		case 1:
			return true
		case 2:
			return i <= upTo
		}
		return random.IntN(2) == 0
	}
	if mode < 2 {
		return n.content(keep, nil)
	}
	half := func() bool { return random.IntN(2) == 0 }
	if mode == 2 {
		whole := n.content(func(i int, _ writing) bool { return i < upTo }, nil)
		if upTo == len(n.queue) {
			return whole
		}
		return (&inode{safe: whole, queue: n.queue[upTo : upTo+1]}).content(func(int, writing) bool { return true }, half)
	}
	return n.content(keep, half)
}

// restore makes dir hold the image of what was below from. The index of the
// write-ahead log is shared memory, which no sync makes safe: it is garbage.
func restore(image map[string][]byte, from, dir string, random *rand.Rand) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(image)) {
		below, found := strings.CutPrefix(path, from)
		if !found || below == "" {
			continue
		}
		content := image[path]
		if content == nil {
			if err := os.MkdirAll(dir+below, 0o700); err != nil {
				return err
			}
			continue
		}
		if strings.HasSuffix(path, "-shm") {
			content = make([]byte, 32<<10)
			for i := range content {
				content[i] = byte(random.Uint32())
			}
		}
		if err := os.WriteFile(dir+below, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
