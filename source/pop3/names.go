package pop3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// A message is named by its UIDL. What has none that can be trusted is named by
// its header, its size and, among equals, its place in the order:
//
//   - where the server has no UIDL, or none for this message;
//   - where it holds a blank or a control character, or is longer than the 70
//     characters of RFC 1939, which some program may have cut;
//   - where another message bears the same: when one of them goes, the names of
//     the others would mean other messages.
//
// UIDLs that change from session to session are not noticed here: the flow
// recognises the messages by what they are.

// maxUIDL is the longest UIDL that RFC 1939, section 7, allows.
const maxUIDL = 70

// takeName takes the UIDL of message n, or answers what is wrong with the list.
func (d *maildrop) takeName(n int, name []byte) string {
	e := d.entry(n)
	if d.names += len(name); d.names > maxNames {
		return fmt.Sprintf("the names of all messages have more than %d bytes", maxNames)
	}
	if e.told {
		return "it names a message for the second time"
	}
	odd := bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f })
	if e.told = true; !odd && len(name) <= maxUIDL {
		e.id = string(name)
	}
	return ""
}

// doubtNames takes the UIDLs away that do not name one message alone. If all are
// good the maildrop is named.
func (d *maildrop) doubtNames() {
	unnamed, doubled := 0, 0
	for name, alike := range d.alike() {
		switch {
		case name == "":
			unnamed = len(alike)
		case len(alike) > 1:
			doubled += len(alike)
			for _, i := range alike {
				d.entries[i].id = ""
			}
		}
	}
	if unnamed+doubled > 0 {
		d.notes = append(d.notes, d.tellNames(unnamed, doubled))
		d.uidl = false
	}
	d.named = d.uidl
}

// tellNames tells what it means for the user.
func (d *maildrop) tellNames(unnamed, doubled int) string {
	what := fmt.Sprintf("gives no usable name (UIDL) to %d of its %d messages", unnamed, len(d.entries))
	switch {
	case !d.uidl:
		what = "does not name its messages (no UIDL)"
	case unnamed == 0:
		what = fmt.Sprintf("gives the same name (UIDL) to several messages, %d in all", doubled)
	case doubled > 0:
		what += fmt.Sprintf(", and the same name to %d others", doubled)
	}
	return "this POP3 server " + what + ": they are known by their headers, which are read anew in each run"
}

// Notes tells what is odd about the maildrop, once.
func (s *Source) Notes() []string {
	if s.drop == nil {
		return nil
	}
	host := s.conn.Access().Host
	if strings.HasPrefix(s.greeting, gmailGreeting) {
		host = "pop.gmail.com" // by whatever name
	}
	notes := append(s.drop.notes, placeNotes(host)...)
	if s.noted {
		notes = nil
	}
	s.noted = true
	return notes
}

// name loads the maildrop and gives every message a name.
func (s *Source) name(ctx context.Context) error {
	if err := s.load(); err != nil {
		return err
	}
	if s.drop.named {
		return nil
	}
	rs := make([]request, 0, len(s.drop.entries))
	for i, e := range s.drop.entries {
		if e.id == "" {
			rs = append(rs, request{number: i + 1, size: e.size})
		}
	}
	s.drop.idents = make([]transfer.Ident, len(s.drop.entries))
	err := s.headers(ctx, rs, func(i int, header []byte, refused error) bool {
		sum, at := "unreadable", rs[i].number-1
		if refused == nil {
			sum, s.drop.idents[at] = headerSum(header), transfer.Identify(header)
		}
		s.drop.entries[at].id = fmt.Sprintf("top:%s:%d", sum, s.drop.entries[at].size)
		return true
	})
	if err != nil {
		return err
	}
	s.drop.settleNames()
	return nil
}

// ownFields are what servers write into headers by themselves and change when
// a message is read.
var ownFields = []string{"status", "x-status", "x-keywords", "x-uid", "x-uidl", "x-imap", "x-imapbase", "content-length", "lines"}

// headerSum names a message by its header, without what the server keeps for
// itself in it.
func headerSum(header []byte) string {
	h := sha256.New()
	transfer.Fields(header, func(name, value []byte) bool {
		if !slices.Contains(ownFields, strings.ToLower(string(name))) {
			fmt.Fprintf(h, "%s:%s\n", name, value)
		}
		return true
	})
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// settleNames makes every name unique and finds a message by it from then on.
// The second message of a name gets " #2" and so on, in the order of their
// numbers; nothing else in a name is a blank.
func (d *maildrop) settleNames() {
	doubled := false
	for name, alike := range d.alike() {
		for k, i := range alike[1:] {
			d.entries[i].id = fmt.Sprintf("%s #%d", name, k+2)
			doubled = true
		}
	}
	if doubled {
		d.sortNames()
	}
	d.named = true
}

// alike are the places of the messages, those of one name together in the order
// of their numbers.
func (d *maildrop) alike() iter.Seq2[string, []int32] {
	d.sortNames()
	return func(yield func(string, []int32) bool) {
		for i := 0; i < len(d.byID); {
			name, k := d.entries[d.byID[i]].id, i+1
			for k < len(d.byID) && d.entries[d.byID[k]].id == name {
				k++
			}
			if !yield(name, d.byID[i:k]) {
				return
			}
			i = k
		}
	}
}

func (d *maildrop) sortNames() {
	d.byID = make([]int32, len(d.entries))
	for i := range d.byID {
		d.byID[i] = int32(i)
	}
	slices.SortStableFunc(d.byID, func(a, b int32) int { return strings.Compare(d.entries[a].id, d.entries[b].id) })
}

// number is the message of that name, 0 if it is gone.
func (d *maildrop) number(id string) int {
	i, ok := slices.BinarySearchFunc(d.byID, id, func(i int32, id string) int { return strings.Compare(d.entries[i].id, id) })
	if !ok {
		return 0
	}
	return int(d.byID[i]) + 1
}

// state is a fingerprint of all names and sizes, "" if not every message has a
// UIDL of its own.
func (d *maildrop) state() string {
	if !d.uidl {
		return ""
	}
	h := sha256.New()
	for _, e := range d.entries {
		fmt.Fprintf(h, "%s %d\n", e.id, e.size)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
