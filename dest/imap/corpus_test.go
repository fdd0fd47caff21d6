package imap

import (
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// All bytes of a hard corpus arrive, in order, whatever way the server takes.
func TestCorpusArrives(t *testing.T) {
	for name, caps := range kinds {
		t.Run(name, func(t *testing.T) {
			server := mailtest.Shared(t, mailtest.DovecotOptions{Capability: caps})
			user := server.NewUser()
			mails := mailtest.Corpus(3, 150, mailtest.CorpusOptions{CRLF: true, Small: true})
			put(t, open(t, server.IMAP, user), mails)
			for _, difference := range mailtest.Compare(mailtest.FromMails(mails), mailtest.Take(t, server.IMAP, user), mailtest.CompareOptions{IgnoreEmpty: true}) {
				t.Error(difference)
			}
		})
	}
}

// put appends all mails.
func put(t *testing.T, d transfer.Dest, mails []mailtest.Mail) {
	t.Helper()
	for _, group := range byFolder(mails) {
		f := transfer.Folder{Path: group[0].Folder}
		if _, err := d.Open(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		for r, err := range d.Append(t.Context(), f, func(yield func([]*transfer.Letter) bool) {
			for w := range slices.Chunk(group, 16) {
				if !yield(lettersOf(w)) {
					return
				}
			}
		}) {
			if err != nil || r.Err != nil {
				t.Fatalf("%q: %v, %v", f.Path, err, r.Err)
			}
		}
	}
}

func byFolder(mails []mailtest.Mail) (groups [][]mailtest.Mail) {
	at := make(map[string]int)
	for _, m := range mails {
		key := mailtest.Key(m.Folder...)
		if _, ok := at[key]; !ok {
			at[key] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[key]] = append(groups[at[key]], m)
	}
	return groups
}

func lettersOf(mails []mailtest.Mail) (out []*transfer.Letter) {
	for _, m := range mails {
		l := &transfer.Letter{Message: transfer.Message{Size: int64(len(m.Bytes)), Date: m.Date}, Body: strings.NewReader(string(m.Bytes))}
		for _, f := range m.Flags {
			l.Flags = append(l.Flags, transfer.Flag(f))
		}
		out = append(out, l)
	}
	return out
}
