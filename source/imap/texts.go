package imap

import (
	"cmp"
	"errors"
	"slices"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// texts are those of a folder that were asked for together with its list, see
// [transfer.Folder.All].
type texts struct {
	*imapconn.Texts
	list *slice
	told int // how many messages it had when it was taken for complete
}

// withTexts reports whether texts are to be asked for behind a piece: it is the whole
// list of a folder of which all is wanted.
func (l *lister) withTexts(sl *slice) bool {
	return l.folder.All && sl.from == 1 && sl.to == 0 && sl.old == 0
}

// await waits for all of a piece. A list with texts behind it is there once it has
// told as many messages as the folder has.
func (l *lister) await(sl *slice) error {
	c := l.s.conn
	if sl.texts == nil {
		return sl.wait(c)
	}
	if err := c.Flush(); err != nil {
		return err
	}
	for !sl.ps[0].Done() && (sl.rising < l.box.Exists || l.box.Expunged > 0) {
		if _, err := c.Receive(); err != nil {
			return err
		}
	}
	if sl.ps[0].Done() {
		if err := sl.wait(c); err != nil || sl.limited() {
			return err
		}
	}
	if !sl.over && !sl.texts.Lost() {
		l.s.texts = &texts{sl.texts, sl, len(sl.ms)}
	}
	return nil
}

// takeTexts are the texts of the folder that are on their way, nil if none are.
func (s *Source) takeTexts(f transfer.Folder) *texts {
	if !s.isOpen(f) {
		return nil
	}
	t := s.texts
	s.texts = nil
	return t
}

// skipTexts lets the session do something else.
func (s *Source) skipTexts() error {
	t := s.texts
	if t == nil {
		return nil
	}
	s.texts = nil
	if err := t.list.wait(s.conn); err != nil {
		return err
	}
	return t.Skip()
}

var errWentOn = errors.New("the server lists more messages than it said the folder holds")

// wasAll finds a list that went on after it was taken for complete.
func (t *texts) wasAll(c *imapconn.Conn) error {
	if err := t.list.wait(c); err != nil {
		return err
	}
	if t.list.over || t.list.limited() {
		return errWentOn
	}
	byUID := func(m transfer.Message, uid uint32) int { return cmp.Compare(m.UID, uid) }
	late := slices.ContainsFunc(t.list.ms[t.told:], func(m transfer.Message) bool {
		_, known := slices.BinarySearchFunc(t.list.ms[:t.told], m.UID, byUID)
		return !known
	})
	if late {
		return errWentOn
	}
	return nil
}
