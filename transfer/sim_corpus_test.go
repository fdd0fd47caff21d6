package transfer_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// simSoul is one message of a source, from its first day to its last.
type simSoul struct {
	id      string
	uidl    string // what a POP3 server calls it; "" if it does not
	body    []byte
	digest  transfer.Digest
	flags   []transfer.Flag
	date    time.Time
	born    int // the run before or in which it arrived
	gone    bool
	changed int // the run in which it was last changed, renamed or removed
	// named and touched are the folder's revisions in which it got its ID and was
	// last changed.
	named, touched int
	reflags        bool
	hidden         bool // a list has left it out, or the source would not give it
	// refused is the last run in which the destination will not take it.
	refused int
}

const simAlways = 1 << 30

func (s *simSoul) leftOut() bool { return slices.Contains(s.flags, simLeftOut) }

func (s *simSoul) String() string {
	subject := string(s.body)
	if i := strings.Index(subject, "Subject: "); i >= 0 {
		subject, _, _ = strings.Cut(subject[i+9:], "\r\n")
	} else {
		subject = fmt.Sprintf("%.12q", subject)
	}
	return fmt.Sprintf("%s (%s, %s %d bytes, %s)", s.id, subject, hex.EncodeToString(s.digest[:3]), len(s.body), s.date.Format("060102-150405"))
}

// write makes a new message: another one, a twin, a look-alike, an odd one.
func (w *simWorld) write(others []*simSoul) *simSoul {
	r := w.dice
	s := &simSoul{date: time.Unix(1e9+int64(r.IntN(3e8)), 0).UTC(), born: w.runs, refused: -1}
	for _, f := range []transfer.Flag{transfer.Seen, transfer.Answered, transfer.Flagged, "$Work"} {
		if r.IntN(4) == 0 {
			s.flags = append(s.flags, f)
		}
	}
	if r.IntN(30) == 0 {
		s.flags = append(s.flags, simLeftOut)
	}
	switch n := r.IntN(40); {
	case n < 5 && len(others) > 0: // byte-identical
		twin := simPick(r, others)
		if s.body = twin.body; twin.date.Unix()%2 == 0 {
			s.date = twin.date
		}
	case n < 9 && len(others) > 0 && !simOff("look-alikes"): // equal headers
		s.body = simLookAlike(r, simPick(r, others).body)
	case n == 9:
		s.body = nil
	case n == 10 && r.IntN(30) == 0:
		s.body = w.letter(1_100_000)
	default:
		s.body = w.letter(r.IntN(1 << (2 + r.IntN(8))))
	}
	s.digest = simDigest(s.body)
	if r.IntN(60) == 0 {
		s.refused = simAlways
	}
	return s
}

// letter writes a message of its own with about n bytes of text.
func (w *simWorld) letter(n int) []byte {
	r := w.dice
	w.mids++
	var b strings.Builder
	if r.IntN(5) > 0 {
		fmt.Fprintf(&b, "Message-ID: <%d@example.org>\r\n", w.mids)
	}
	if r.IntN(5) > 0 {
		fmt.Fprintf(&b, "Date: Mon, 1 Jan 2001 00:00:%02d +0000\r\n", w.mids%60)
	}
	if r.IntN(8) > 0 {
		fmt.Fprintf(&b, "Subject: number %d\r\n", w.mids)
	}
	if r.IntN(5) > 0 {
		b.WriteString("From: somebody@example.org\r\n")
	}
	if b.Len() > 0 {
		b.WriteString("\r\n")
	}
	line := strings.Repeat("text ", 12) + simPick(r, []string{"\r\n", "\r\n", "\r\n", "\r\r\n", "\x00\r\n"})
	for b.Len() < n {
		b.WriteString(line)
	}
	b.WriteString("the end" + simPick(r, []string{"\r\n", "\r\n", "", "\r"}))
	return []byte(b.String())
}

func simDigest(body []byte) transfer.Digest {
	canon := transfer.NewCanonical()
	canon.Write(body)
	d, _ := canon.Sum()
	return d
}

// simOtherWay is the message as another server delivered it, if enough of what the
// sender wrote is there to know it again by.
func simOtherWay(r *rand.Rand, of []byte) (way []byte, ok bool) {
	head, _, _ := strings.Cut(string(of), "\r\n\r\n")
	if !strings.Contains(head, "Message-ID: ") || !strings.Contains(head, "Date: ") {
		return nil, false
	}
	return append(fmt.Appendf(nil, "Received: by relay%d.example.org\r\n", r.IntN(3)), of...), true
}

// simLookAlike is another message under the same header: of another size or
// of the same.
func simLookAlike(r *rand.Rand, of []byte) []byte {
	head, text, ok := strings.Cut(string(of), "\r\n\r\n")
	if !ok || len(text) < 8 || r.IntN(2) == 0 {
		return append(slices.Clone(of), fmt.Sprintf("\r\nPS %d\r\n", r.IntN(1e6))...)
	}
	return []byte(head + "\r\n\r\n" + fmt.Sprintf("%06d", r.IntN(1e6)) + text[6:])
}

// simKind is what a source is like.
type simKind string

const (
	simIMAP  simKind = "imap"
	simPOP3  simKind = "pop3"
	simFiles simKind = "files" // mbox or Maildir: IDs are content hashes
)

// name gives a message its ID in the folder.
func (f *simFolder) name(r *rand.Rand, s *simSoul) {
	switch f.mail.kind {
	case simIMAP:
		f.next += 1 + r.IntN(3)
		s.id = strconv.Itoa(f.next)
	case simPOP3:
		f.next++
		s.uidl = fmt.Sprint("u", f.next)
		if f.mail.noUIDL {
			s.uidl = ""
		}
		f.settleNames()
	case simFiles:
		f.settleNames()
	}
}

// settleNames gives IDs where they hang together: what has no name of its own
// is called by its content, and equal names are numbered.
func (f *simFolder) settleNames() {
	if f.mail.kind == simIMAP {
		return
	}
	count := map[string]int{}
	for _, s := range f.souls {
		if s.gone {
			continue
		}
		before := s.id
		if s.id = s.uidl; s.id == "" {
			s.id = hex.EncodeToString(s.digest[:6])
		}
		count[s.id]++
		if n := count[s.id]; n > 1 {
			s.id = fmt.Sprintf("%s #%d", s.id, n)
		}
		if before != "" && s.id != before { // a twin before it has gone
			s.changed = f.mail.w.runs
		}
	}
}
