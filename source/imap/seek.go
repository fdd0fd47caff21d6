package imap

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

var (
	_ transfer.Seeker = (*Source)(nil)
	_ transfer.Titler = (*Source)(nil)
	_ transfer.Peeker = (*Source)(nil)
)

// sampled is how many sizes stand for those of a folder whose server has no
// STATUS=SIZE.
const sampled = 300

// maxSought is how many messages a search may find before it is better to list.
const maxSought = 1000

// Peeks marks that [Source.Fetch] leaves no trace: BODY.PEEK.
func (s *Source) Peeks() {}

// Seek has the server search, in one round trip and another for what it finds.
func (s *Source) Seek(ctx context.Context, f transfer.Folder, want transfer.Search) (found transfer.Found, ok bool, err error) {
	found.Bytes = -1
	err = s.conn.Within(ctx, func() error {
		name, err := s.find(ctx, f)
		if err != nil {
			return err
		}
		var uids []uint32
		examine := s.queueExamine(name.Wire)
		var search *imapconn.Pending
		if criteria := criteria(want); criteria != "" {
			search = s.conn.QueueSearch(criteria, func(uid uint32) {
				if len(uids) <= maxSought {
					uids = append(uids, uid)
				}
			})
		}
		if err := s.examined(f, s.conn.Wait(examine)); err != nil {
			if search != nil {
				_ = s.conn.Wait(search) // cannot succeed without the folder
			}
			return err
		}
		if search != nil {
			if err := s.conn.Wait(search); err != nil || len(uids) > maxSought {
				return serverTrouble(err)
			}
		}
		if found.Messages, err = s.described(uids); err != nil {
			return err
		}
		if want.Sizes {
			mean, err := s.conn.MeanSize(s.box.Exists, sampled)
			if err != nil {
				return serverTrouble(err)
			}
			if found.Bytes = mean; mean >= 0 {
				found.Bytes = mean * int64(s.box.Exists)
			}
		}
		found.Keywords, ok = keywords(s.box.Known), true
		return nil
	})
	if err != nil {
		return found, false, fmt.Errorf("searching %q: %w", f.Name(), err)
	}
	return found, ok, nil
}

// serverTrouble is nil for a mere refusal: then the folder is listed.
func serverTrouble(err error) error {
	if imapconn.Refusal(err) != nil {
		return nil
	}
	return err
}

// criteria are those of SEARCH, RFC 3501 section 6.4.4. Days are those of the
// server's zone: what is found is looked at once more.
func criteria(want transfer.Search) string {
	var any []string
	if want.Limit > 0 {
		any = append(any, fmt.Sprintf("LARGER %d", want.Limit))
	}
	if !want.Earliest.IsZero() {
		any = append(any, "BEFORE "+want.Earliest.AddDate(0, 0, 1).Format("2-Jan-2006"))
	}
	if !want.Latest.IsZero() {
		any = append(any, "SINCE "+want.Latest.AddDate(0, 0, -1).Format("2-Jan-2006"))
	}
	if len(any) == 0 {
		return ""
	}
	return strings.Repeat("OR ", len(any)-1) + strings.Join(any, " ")
}

// described is the list of some messages of the selected folder.
func (s *Source) described(uids []uint32) ([]transfer.Message, error) {
	slices.Sort(uids)
	sl := &slice{from: 1}
	for len(uids) > 0 {
		set, n := imapconn.Set(uids)
		p := s.conn.QueueFetch(set, listItems, sl.take)
		if err := s.conn.Wait(p); err != nil {
			return nil, err
		}
		uids = uids[n:]
	}
	slices.SortFunc(sl.ms, func(a, b transfer.Message) int { return cmp.Compare(a.UID, b.UID) })
	for i := range sl.ms {
		sl.ms[i].UID = 0
	}
	return sl.ms, nil
}

// keywords are the flags that are no system flags.
func keywords(known []string) (all []transfer.Flag) {
	for _, name := range known {
		if !strings.HasPrefix(name, `\`) {
			all = append(all, transfer.Flag(name))
		}
	}
	return all
}

const titleItems = "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT MESSAGE-ID)])"

// Titles reads subject and Message-ID of messages. What is gone has none.
func (s *Source) Titles(ctx context.Context, f transfer.Folder, ms []transfer.Message) ([]transfer.Titled, error) {
	out := make([]transfer.Titled, len(ms))
	uids := make([]uint32, len(ms))
	for i, m := range ms {
		out[i].Message = m
		uids[i], _ = uid(m.ID)
	}
	err := s.conn.Within(ctx, func() error {
		if err := s.examine(ctx, f); err != nil {
			return err
		}
		return imapconn.Headers(ctx, s.conn, uids, titleItems, titleOf, func(i int, h imapconn.Headed[title]) bool {
			out[i].Subject, out[i].MessageID = h.Sum.subject, h.Sum.id
			return true
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading titles in %q: %w", f.Name(), err)
	}
	return out, nil
}

// title is what people know a message by.
type title struct{ subject, id string }

// titleLength bounds each part of a title, in bytes.
const titleLength = 200

func titleOf(header []byte) (t title) {
	transfer.Fields(header, func(name, value []byte) bool {
		text := strings.Join(strings.Fields(string(value)), " ")
		switch text = text[:min(len(text), titleLength)]; {
		case strings.EqualFold(string(name), "Subject"):
			t.subject = text
		case strings.EqualFold(string(name), "Message-ID"):
			t.id = text
		}
		return true
	})
	return t
}
