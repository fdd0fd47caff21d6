package imap

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
	"github.com/mailhaul/mailhaul/transfer"
)

// Seek finds what is too large or too old without a list, and Titles names it.
func TestSeek(t *testing.T) {
	for _, tc := range []struct {
		name  string
		with  mailtest.DovecotOptions
		sizes bool
	}{
		{"modern", mailtest.DovecotOptions{}, false},
		{"sizes by sample", mailtest.DovecotOptions{Capability: "IMAP4rev1 UIDPLUS"}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := mailtest.Shared(t, tc.with)
			user := server.NewUser()
			var mails []mailtest.Mail
			for i := range 40 {
				m := mailtest.Mail{Folder: []string{"Box"}, Date: time.Date(2000+i, 3, 4, 5, 6, 7, 0, time.UTC)}
				m.Bytes = []byte(fmt.Sprintf("Subject: number %d\r\nMessage-ID: <%d@x>\r\n\r\n", i, i) + strings.Repeat("text of a line\r\n", 10*i))
				if i == 7 {
					m.Flags = []string{"Work"}
				}
				mails = append(mails, m)
			}
			mailtest.Load(t, server.IMAP, user, mails)
			s := open(t, server.IMAP, user)
			folders, err := s.Folders(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			f := folders[slices.IndexFunc(folders, func(f transfer.Folder) bool { return f.Name() == "Box" })]
			found, ok, err := s.Seek(t.Context(), f, transfer.Search{
				Limit: 6000, Earliest: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), Latest: time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC), Sizes: tc.sizes,
			})
			if err != nil || !ok {
				t.Fatalf("got %v, %v", ok, err)
			}
			// Number 0 of the year 2000, and from 38 on more than 6000 bytes.
			if n := len(found.Messages); n != 3 || found.Messages[0].Date.Year() != 2000 || found.Messages[1].Size <= 6000 {
				t.Errorf("got %d messages: %+v, want numbers 0, 38 and 39", n, found.Messages)
			}
			if !slices.Contains(found.Keywords, "Work") {
				t.Errorf("got keywords %q, want Work", found.Keywords)
			}
			if tc.sizes && (found.Bytes < 100_000 || found.Bytes > 160_000) {
				t.Errorf("got %d bytes, want about 127,000", found.Bytes)
			}
			titled, err := s.Titles(t.Context(), f, found.Messages)
			if err != nil || len(titled) != 3 || titled[1].Subject != "number 38" || titled[1].MessageID != "<38@x>" {
				t.Errorf("got titles %+v, %v", titled, err)
			}
		})
	}
}

// A server that refuses to search is listed.
func TestSeekRefused(t *testing.T) {
	server := imapserver.Start(t, imapserver.Options{Faults: []imapserver.Fault{{On: "UID SEARCH", Say: "BAD no search here"}}})
	server.Put("anna", mailtest.Corpus(1, 5, mailtest.CorpusOptions{Small: true}))
	s := open(t, server.Addr, "anna")
	folders, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, ok, err := s.Seek(t.Context(), folders[0], transfer.Search{Limit: 1})
	if ok || err != nil {
		t.Errorf("got %v, %v; want no answer and no error", ok, err)
	}
	n := 0
	for _, err := range s.List(t.Context(), folders[0], "") {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n == 0 {
		t.Error("got no message after a refused search")
	}
}
