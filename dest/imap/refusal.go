package imap

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/mailhaul/mailhaul/internal/imapconn"
)

// judge looks at the answer to a group. An error ends the whole Append.
func (a *appender) judge(g *group) error {
	err := g.p.Reply.Err()
	if err == nil {
		a.stored(g)
		return nil
	}
	var e *imapconn.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Missing(), e.RetryAfter() > 0, e.Busy(): // Dovecot says SERVERBUG when the open folder was deleted
		return err
	case len(g.slots) > 1 && a.d.box.Exists > a.there:
		return &tornError{len(g.slots), err}
	case len(g.slots) > 1:
		a.split(g)
	case e.Full():
		a.note(func() {
			a.full = err
			a.settle(g.slots[0], err)
		})
	default:
		a.mend(g.slots[0], e)
	}
	return nil
}

// tornError is a refused group of which some letters seem to be stored all the
// same, against RFC 3502: which of them has to be found out before any is sent
// again.
type tornError struct {
	letters int
	err     error
}

func (e *tornError) Error() string {
	return fmt.Sprintf("of %d messages some may be stored: %v", e.letters, e.err)
}
func (e *tornError) Unwrap() error   { return e.err }
func (e *tornError) Permanent() bool { return false }

// stored settles the letters of a command that the server has carried out.
func (a *appender) stored(g *group) {
	a.there += len(g.slots)
	uids := a.uids(g)
	a.note(func() {
		for i, s := range g.slots {
			s.receipt.UID = uids[i]
			a.settle(s, nil)
		}
	})
}

// settle ends a letter; a.mu is held.
func (a *appender) settle(s *slot, err error) {
	if err == nil && s.mending != nil {
		s.receipt.Notes = append(s.receipt.Notes, s.mending.learn(a.d)...)
	}
	s.receipt.Err, s.done = err, true
}

// uids reads APPENDUID (RFC 4315), one UID for each letter in order. Whatever
// does not fit makes zeros: not known.
func (a *appender) uids(g *group) []uint32 {
	none := make([]uint32, len(g.slots))
	validity, set, ok := strings.Cut(g.p.Reply.Arg, " ")
	if !a.d.conn.Caps.Has("UIDPLUS") || g.p.Reply.Code != "APPENDUID" || !ok || validity != epoch(a.d.box.Validity) {
		return none
	}
	uids := make([]uint32, 0, len(none))
	for part := range strings.SplitSeq(strings.TrimSpace(set), ",") {
		r, ok := uidRange(part)
		if !ok || int64(r.Stop)-int64(r.Start) >= int64(len(none)-len(uids)) {
			return none
		}
		for uid := r.Start; uid <= r.Stop; uid++ {
			uids = append(uids, uint32(uid))
		}
	}
	if len(uids) != len(none) {
		return none
	}
	return uids
}

// uidRange reads "5" or "5:54".
func uidRange(part string) (imap.UIDRange, bool) {
	first, last, isRange := strings.Cut(part, ":")
	start, ok := imapconn.ParseUID(first)
	stop := start
	if isRange && ok {
		stop, ok = imapconn.ParseUID(last)
	}
	if start > stop {
		start, stop = stop, start
	}
	return imap.UIDRange{Start: imap.UID(start), Stop: imap.UID(stop)}, ok && stop < 1<<32-1
}

// split sends the letters of a refused group one by one, in order. Nothing of
// a refused MULTIAPPEND was stored (RFC 3502).
func (a *appender) split(g *group) {
	for _, s := range g.slots {
		a.resend(&group{slots: []*slot{s}})
	}
}

// resend hands a group to the writing goroutine.
func (a *appender) resend(g *group) {
	a.note(func() { a.again = append(a.again, g) })
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// mending is how a refused letter is tried in other ways: its day with two
// digits, without its date if the server names that, then without one keyword
// after the other, then without any.
type mending struct {
	first    error // the refusal to report if nothing helps
	keywords []string
	flags    []string // all, keywords too
	zero     bool     // a day of two digits was tried
	wants    bool     // and is the change of the latest try
	date     string   // as it was, while it is tried without
	undated  bool     // that was tried
	step     int      // keywords tried without
	dropped  []string
}

// mend tries the letter in another way, or gives it up.
func (a *appender) mend(s *slot, e *imapconn.Error) {
	if s.mending == nil {
		s.mending = &mending{first: e, flags: s.flags}
		for _, f := range s.flags {
			if !strings.HasPrefix(f, `\`) {
				s.mending.keywords = append(s.mending.keywords, f)
			}
		}
	}
	if aboutForm(e) && s.mending.next(s, e) {
		a.resend(&group{slots: []*slot{s}})
		return
	}
	a.note(func() { a.settle(s, s.mending.first) })
}

// aboutForm reports whether a refusal can be due to flags or the date.
func aboutForm(e *imapconn.Error) bool {
	text := strings.ToLower(e.Text)
	return !e.TooBig() && (e.Type == "BAD" || e.Code == "CANNOT" || e.Code == "LIMIT" ||
		strings.Contains(text, "keyword") || strings.Contains(text, "flag") || aboutDate(e))
}

// aboutDate reports whether the server names the date as its reason.
func aboutDate(e *imapconn.Error) bool {
	text := strings.ToLower(e.Text)
	return strings.Contains(text, "date-time") || strings.Contains(text, "datetime") || strings.Contains(text, "internaldate") ||
		strings.Contains(text, "internal date") || strings.Contains(text, "invalid date")
}

// next prepares the next way, false if there is none.
func (m *mending) next(s *slot, e *imapconn.Error) bool {
	if (e.Type == "BAD" || aboutDate(e)) && !m.zero && !m.wants {
		if text, _ := wireDate(s.letter.Date, true); text != s.date && text != "" {
			s.date, m.zero, m.wants = text, true, true
			return true
		}
	}
	m.wants = false
	if aboutDate(e) && !m.undated && s.date != "" {
		m.date, m.undated, s.date = s.date, true, ""
		return true
	}
	if m.date != "" { // it was not the date
		s.date, m.date = m.date, ""
	}
	if len(m.keywords) == 0 || len(m.dropped) == len(m.keywords) {
		return false
	}
	if m.step < len(m.keywords) && len(m.keywords) > 1 {
		m.dropped = m.keywords[m.step : m.step+1]
		m.step++
	} else {
		m.dropped = m.keywords
	}
	s.flags = slices.DeleteFunc(slices.Clone(m.flags), func(f string) bool { return slices.Contains(m.dropped, f) })
	return true
}

// learn remembers what helped, for the letters that follow, and tells it.
func (m *mending) learn(d *dest) (notes []string) {
	d.zero = d.zero || m.wants
	if m.date != "" {
		notes = append(notes, fmt.Sprintf("date%s dropped: the destination refuses it", m.date))
	}
	switch len(m.dropped) {
	case 0:
	case 1:
		notes = append(notes, d.ban(m.dropped[0]))
	default:
		notes = append(notes, fmt.Sprintf("keywords %q dropped: the destination refuses some of them", m.dropped))
	}
	return notes
}
