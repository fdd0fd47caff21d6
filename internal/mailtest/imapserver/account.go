package imapserver

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// account is one user's mail.
type account struct {
	server *Server

	mu         sync.Mutex
	boxes      map[string]*mailbox
	order      []string // of the boxes, as they were made
	subscribed map[string]bool
	validity   uint32 // of the latest box
}

// mailbox is one folder. Its account's lock guards it.
type mailbox struct {
	name     string
	attrs    string
	validity uint32
	next     uint32
	modseq   uint64
	size     int64
	messages []*message // in the order of their UIDs
	gone     int        // messages that were expunged
	deleted  bool
	byID     map[string]uint32 // of Message-IDs, if they are merged
}

// message is never changed once it is stored: a change of flags puts another in
// its place.
type message struct {
	uid   uint32
	flags []string
	date  string // as it was given, without quotes
	bytes []byte
}

func (s *Server) newAccount() *account {
	a := &account{server: s, boxes: map[string]*mailbox{}, subscribed: map[string]bool{}, validity: 1000}
	a.make("INBOX")
	for _, f := range s.options.Folders {
		a.make(f.Name).attrs = f.Attrs
	}
	return a
}

// key is what tells folders apart.
func (s *Server) key(name string) string {
	switch {
	case strings.EqualFold(name, "INBOX"):
		return "INBOX"
	case s.options.FoldCase:
		return strings.ToLower(name)
	}
	return name
}

// box is the folder with that name, nil if there is none to be opened.
func (a *account) box(name string) *mailbox {
	box := a.boxes[a.server.key(name)]
	if box != nil && strings.Contains(strings.ToLower(box.attrs), `\no`) {
		return nil
	}
	return box
}

// make finds or makes a folder.
func (a *account) make(name string) *mailbox {
	key := a.server.key(name)
	if box := a.boxes[key]; box != nil {
		return box
	}
	if key == "INBOX" {
		name = key
	}
	a.validity++
	box := &mailbox{name: name, validity: a.validity, next: 1, modseq: 1, byID: map[string]uint32{}}
	a.boxes[key] = box
	a.order = append(a.order, key)
	return box
}

func (a *account) remove(name string) {
	key := a.server.key(name)
	a.boxes[key].deleted = true
	delete(a.boxes, key)
	a.order = slices.DeleteFunc(a.order, func(k string) bool { return k == key })
}

// add stores a message.
func (b *mailbox) add(m *message) (uid uint32) {
	m.uid = b.next
	b.next++
	b.modseq++
	b.size += int64(len(m.bytes))
	b.messages = append(b.messages, m)
	return m.uid
}

// merge finds the twin that Gmail would fold m into, and remembers m if there is
// none.
func (b *mailbox) merge(m *message, uid uint32) (twin uint32) {
	id := field(m.bytes, "message-id")
	if id == "" {
		return 0
	}
	if twin = b.byID[id]; twin == 0 && uid > 0 {
		b.byID[id] = uid
	}
	return twin
}

// find is the place of the UID among the messages.
func (b *mailbox) find(uid uint32) (at int, there bool) {
	return slices.BinarySearchFunc(b.messages, uid, func(m *message, uid uint32) int { return int(int64(m.uid) - int64(uid)) })
}

// expunge takes out what gone says.
func (b *mailbox) expunge(gone func(*message) bool) {
	before := len(b.messages)
	b.messages = slices.DeleteFunc(slices.Clone(b.messages), func(m *message) bool {
		if gone(m) {
			b.size -= int64(len(m.bytes))
			return true
		}
		return false
	})
	if n := before - len(b.messages); n > 0 {
		b.gone += n
		b.modseq++
	}
}

// Snapshot is all that is in an account, read without any protocol.
func (s *Server) Snapshot(user string) mailtest.Snapshot {
	a := s.account(user)
	a.mu.Lock()
	defer a.mu.Unlock()
	out := mailtest.Snapshot{}
	for _, key := range a.order {
		box := a.boxes[key]
		if a.box(box.name) == nil {
			continue
		}
		path := s.path(box.name)
		var mails []mailtest.Mail
		for _, m := range box.messages {
			date, _ := time.Parse(dateLayout, strings.TrimLeft(m.date, " ")) // zero where it is none
			mails = append(mails, mailtest.Mail{Folder: path, Flags: m.flags, Date: date, Bytes: m.bytes})
		}
		name := mailtest.Key(path...)
		out[name] = mailtest.FromMails(mails)[name]
		for i, m := range box.messages {
			out[name][i].UID = m.uid
		}
	}
	return out
}

// Folders are the names of an account's folders as the server spells them, and
// Subscribed those of them that are subscribed, both in the order they were made.
func (s *Server) Folders(user string) (all, subscribed []string) {
	a := s.account(user)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range a.order {
		all = append(all, a.boxes[key].name)
		if a.subscribed[key] {
			subscribed = append(subscribed, a.boxes[key].name)
		}
	}
	return all, subscribed
}

// Delete takes a folder away under the feet of whoever has it open.
func (s *Server) Delete(user, name string) {
	s.change(user, name, func(a *account, box *mailbox) { a.remove(name) })
}

// Expunge takes the messages with these UIDs away.
func (s *Server) Expunge(user, name string, uids ...uint32) {
	s.change(user, name, func(_ *account, box *mailbox) {
		box.expunge(func(m *message) bool { return slices.Contains(uids, m.uid) })
	})
}

// Revalidate gives the folder a new UIDVALIDITY and all messages new UIDs.
func (s *Server) Revalidate(user, name string) {
	s.change(user, name, func(a *account, box *mailbox) {
		fresh := *box
		a.validity++
		fresh.validity, fresh.next, fresh.messages, fresh.size = a.validity, 1001, nil, 0
		for _, m := range box.messages {
			again := *m
			fresh.add(&again)
		}
		a.boxes[s.key(name)] = &fresh
		box.deleted = true
	})
}

// change does something to a folder if it is there.
func (s *Server) change(user, name string, do func(*account, *mailbox)) {
	a := s.account(user)
	a.mu.Lock()
	defer a.mu.Unlock()
	if box := a.boxes[s.key(name)]; box != nil {
		do(a, box)
	}
}

// head is the header of a message with the blank line that ends it.
func head(text []byte) []byte {
	for at := 0; at < len(text); {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		line := bytes.TrimRight(text[at:at+n], "\r")
		at += n + 1
		if len(line) == 0 {
			return text[:at]
		}
	}
	return text
}

// fields are the fields of the header with these names, as they stand, or all
// others, with a blank line.
func fields(text []byte, names []string, others bool) []byte {
	var out []byte
	keep := false
	for line := range bytes.Lines(head(text)) {
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			keep = slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, string(bytes.TrimSpace(name))) }) != others
		}
		if keep {
			out = append(out, line...)
		}
	}
	return append(out, "\r\n"...)
}

// field is the text of one header field.
func field(text []byte, name string) string {
	_, value, _ := strings.Cut(string(fields(text, []string{name}, false)), ":")
	return strings.TrimSpace(value)
}
