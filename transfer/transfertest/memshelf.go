package transfertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// shelf is one folder.
type shelf struct {
	path     []string
	role     transfer.Role
	epoch    string
	next     uint32
	messages []Stored
	appended int
}

// lateLetter is a letter in a dead connection's buffer.
type lateLetter struct {
	path    []string
	message Stored
}

// call is told of each call of a session; it lands what is late. It answers
// whether the call stalls.
func (s *Server) call() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.late) > 0 && s.wait > 0 {
		if s.wait--; s.wait == 0 {
			s.land()
		}
	}
	return s.stalled
}

func (s *Server) land() {
	for _, l := range s.late {
		if f := s.shelf(l.path); f != nil {
			s.store(f, l.message)
			f.appended++
		}
	}
	s.late = nil
}

func (s *Server) strike(count func(*ServerFaults) *int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return hit(count(&s.faults))
}

func (s *Server) epoch() string {
	s.epochs++
	return fmt.Sprint(1000 + s.epochs)
}

func (s *Server) shelf(path []string) *shelf {
	for _, f := range s.folders {
		if slices.Equal(f.path, path) {
			return f
		}
	}
	return nil
}

// make finds or makes a folder with its parents.
func (s *Server) make(path []string) *shelf {
	for i := 1; i <= len(path); i++ {
		if s.shelf(path[:i]) == nil {
			s.folders = append(s.folders, &shelf{path: slices.Clone(path[:i]), epoch: s.epoch(), next: 1})
		}
	}
	return s.shelf(path)
}

// store puts a message into a folder and answers its UID.
func (s *Server) store(f *shelf, m Stored) uint32 {
	if s.options.Canonical {
		m.Body = canonical(m.Body)
	}
	if s.options.Merge {
		for _, twin := range f.messages {
			if bytes.Equal(twin.Body, m.Body) {
				return twin.UID
			}
		}
	}
	m.UID = f.next
	if s.options.Alter != nil {
		m.Body = s.options.Alter(m.UID, m.Body)
	}
	m.Flags = slices.Sorted(slices.Values(m.Flags))
	f.next++
	f.messages = append(f.messages, m)
	s.held += int64(len(m.Body))
	return m.UID
}

func (s *Server) take(f *shelf, uids []uint32) {
	f.messages = slices.DeleteFunc(f.messages, func(m Stored) bool {
		gone := slices.Contains(uids, m.UID)
		if gone {
			s.held -= int64(len(m.Body))
		}
		return gone
	})
}

// canonical is the form that [transfer.Digest] describes.
func canonical(p []byte) []byte {
	var out []byte
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			break
		}
		out = append(append(out, bytes.TrimRight(p[:i], "\r")...), "\r\n"...)
		p = p[i+1:]
	}
	out = append(out, bytes.TrimRight(p, "\r")...)
	return bytes.ReplaceAll(out, []byte{0}, []byte{0x80})
}

// received reads a letter as it stands on the wire.
func received(l *transfer.Letter) (Stored, error) {
	if _, err := l.Body.Seek(0, io.SeekStart); err != nil {
		return Stored{}, fmt.Errorf("read letter %q again: %w", l.ID, err)
	}
	p, err := io.ReadAll(l.Body)
	if err != nil {
		return Stored{}, fmt.Errorf("read letter %q: %w", l.ID, err)
	}
	if int64(len(p)) != l.Size {
		return Stored{}, fmt.Errorf("letter %q: got %d bytes, want %d", l.ID, len(p), l.Size)
	}
	return Stored{Body: p, Flags: slices.Clone(l.Flags), Date: l.Date}, nil
}

// marked is an error with the marks of package transfer.
type marked struct {
	error
	permanent, full bool
}

func (m marked) Unwrap() error   { return m.error }
func (m marked) Permanent() bool { return m.permanent }
func (m marked) Full() bool      { return m.full }

var errFull = marked{error: errors.New("over quota"), full: true}

// site answers Site of what is there.
func (s *Server) site() transfer.Site {
	s.mu.Lock()
	defer s.mu.Unlock()
	site := transfer.Site{Delimiter: s.options.Delimiter, Limit: s.options.Limit}
	for _, f := range s.folders {
		t := transfer.Folder{Path: slices.Clone(f.path), Role: f.role, Epoch: f.epoch, Count: len(f.messages), Bytes: -1}
		site.Folders = append(site.Folders, t)
	}
	return site
}

// open finds or makes a folder for a session.
func (s *Server) open(f transfer.Folder) (transfer.Mailbox, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	shelf := s.shelf(f.Path)
	created := shelf == nil
	var above [][]string
	if created {
		if err := s.refusesName(f.Path); err != nil {
			return transfer.Mailbox{}, marked{error: err, permanent: true}
		}
		for n := 1; n < len(f.Path); n++ {
			if s.shelf(f.Path[:n]) == nil {
				above = append(above, slices.Clone(f.Path[:n]))
			}
		}
		shelf = s.make(f.Path)
		shelf.role = f.Role
	}
	return transfer.Mailbox{Epoch: shelf.epoch, Next: shelf.next, Count: len(shelf.messages), Created: created, Above: above}, nil
}

// inUse is why a folder is not to be removed, "" if it may be.
func (s *Server) inUse(f transfer.Folder, epoch string, next uint32) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.folders {
		if len(other.path) > len(f.Path) && slices.Equal(other.path[:len(f.Path)], f.Path) {
			return "there are folders below it"
		}
	}
	shelf := s.shelf(f.Path)
	if epoch == "" {
		next = max(next, 1)
	}
	switch {
	case shelf == nil:
		return ""
	case epoch != "" && shelf.epoch != epoch:
		return "it was made anew since"
	case len(shelf.messages) > 0:
		return "mail is in it"
	case shelf.next > next:
		return "others have put mail into it"
	}
	return ""
}

func (s *Server) refusesName(path []string) error {
	if len(path) == 0 {
		return errors.New("folder without a name")
	}
	d := s.options.Delimiter
	for _, c := range path {
		if c == "" || d != "" && strings.Contains(c, d) {
			return fmt.Errorf("folder %q: component %q is empty or holds the delimiter", path, c)
		}
	}
	if s.options.RefuseFolder != nil {
		return s.options.RefuseFolder(path)
	}
	return nil
}

// append stores one letter of a session.
func (s *Server) append(f transfer.Folder, l *transfer.Letter, m Stored) (transfer.Receipt, error) {
	if s.options.Refuse != nil {
		if err := s.options.Refuse(f, l); err != nil {
			return transfer.Receipt{Letter: l, Err: err}, nil
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	shelf := s.shelf(f.Path)
	if shelf == nil {
		return transfer.Receipt{}, errors.New("no such folder")
	}
	if q := s.options.Quota; q > 0 && s.held+int64(len(m.Body)) > q {
		return transfer.Receipt{}, errFull
	}
	r := transfer.Receipt{Letter: l, UID: s.store(shelf, m)}
	shelf.appended++
	if s.options.NoUIDPlus {
		r.UID = 0
	}
	return r, nil
}

// sent keeps letters that were on the wire when it was cut.
func (s *Server) sent(f transfer.Folder, letters []*transfer.Letter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults.Late == 0 {
		return
	}
	for _, l := range letters {
		if m, err := received(l); err == nil {
			s.late = append(s.late, lateLetter{slices.Clone(f.Path), m})
		}
	}
	s.wait, s.faults.Late = s.faults.Late, 0
}

// reflag changes flags.
func (s *Server) reflag(f transfer.Folder, changes []transfer.Reflag) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	shelf := s.shelf(f.Path)
	if shelf == nil {
		return errors.New("no such folder")
	}
	for _, c := range changes {
		i := slices.IndexFunc(shelf.messages, func(m Stored) bool { return m.UID == c.UID })
		if i < 0 {
			continue
		}
		set := make(map[transfer.Flag]bool)
		for _, x := range append(slices.Clone(shelf.messages[i].Flags), c.Add...) {
			set[x] = true
		}
		for _, x := range c.Drop {
			delete(set, x)
		}
		shelf.messages[i].Flags = slices.Sorted(maps.Keys(set))
	}
	return nil
}
