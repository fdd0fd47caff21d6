package imapserver_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// client signs in with go-imap's client, which knows nothing of this server.
func client(t *testing.T, s *imapserver.Server, user string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(s.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login(user, mailtest.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestKeepsWhatIsPut(t *testing.T) {
	s := imapserver.Start(t, imapserver.Options{})
	mails := mailtest.Corpus(1, 150, mailtest.CorpusOptions{Small: true})
	s.Put("anna", mails)
	want := mailtest.FromMails(mails)
	for name, got := range map[string]mailtest.Snapshot{"snapshot": s.Snapshot("anna"), "read by go-imap": mailtest.Take(t, s.Addr, "anna")} {
		if diffs := mailtest.Compare(want, got, mailtest.CompareOptions{}); len(diffs) > 0 {
			t.Errorf("%s differs from what was put:\n%s", name, strings.Join(diffs, "\n"))
		}
	}
}

func TestKeepsWhatIsAppended(t *testing.T) {
	s := imapserver.Start(t, imapserver.Options{})
	mails := mailtest.Corpus(2, 60, mailtest.CorpusOptions{Small: true})
	mailtest.Load(t, s.Addr, "anna", mails)
	got := s.Snapshot("anna")
	if diffs := mailtest.Compare(mailtest.FromMails(mails), got, mailtest.CompareOptions{}); len(diffs) > 0 {
		t.Error(strings.Join(diffs, "\n"))
	}
}

func TestGoesThroughALife(t *testing.T) {
	s := imapserver.Start(t, imapserver.Options{Folders: []imapserver.Folder{{"Sent", `\Sent`}, {"top", `\Noselect`}}})
	c := client(t, s, "anna")
	if err := c.Create("Bin/2019", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	list, err := c.List("", "*", &imap.ListOptions{ReturnSpecialUse: true, ReturnStatus: &imap.StatusOptions{NumMessages: true}}).Collect()
	if err != nil || len(list) != 4 || list[1].Attrs[0] != imap.MailboxAttrSent {
		t.Fatalf("got %d folders, %v, want INBOX, Sent, top and Bin/2019", len(list), err)
	}
	for i := range 3 {
		a := c.Append("Bin/2019", 4, &imap.AppendOptions{Flags: []imap.Flag{"k"}, Time: time.Unix(1e9, 0)})
		fmt.Fprintf(a, "a%d\r\n", i)
		a.Close()
		data, err := a.Wait()
		if err != nil || data.UID != imap.UID(i+1) {
			t.Fatalf("got UID %v, %v, want %d", data, err, i+1)
		}
	}
	if d, err := c.Select("Bin/2019", nil).Wait(); err != nil || d.NumMessages != 3 || d.UIDNext != 4 {
		t.Fatalf("got %+v, %v, want 3 messages and UIDNEXT 4", d, err)
	}
	two := imap.UIDSetNum(2)
	if err := c.Store(two, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if d, err := c.UIDSearch(&imap.SearchCriteria{Flag: []imap.Flag{imap.FlagDeleted}}, nil).Wait(); err != nil || !slices.Equal(d.AllUIDs(), []imap.UID{2}) {
		t.Fatalf("got %v, %v, want UID 2", d, err)
	}
	if err := c.UIDExpunge(two).Close(); err != nil {
		t.Fatal(err)
	}
	uids := []uint32{}
	for _, e := range s.Snapshot("anna")[mailtest.Key("Bin", "2019")] {
		uids = append(uids, e.UID)
	}
	if !slices.Equal(uids, []uint32{1, 3}) {
		t.Errorf("got UIDs %v, want 1 and 3", uids)
	}
}

func TestMergesTwins(t *testing.T) {
	s := imapserver.Start(t, imapserver.Options{Merge: true})
	c := client(t, s, "anna")
	for i := range 2 {
		text := fmt.Sprintf("Message-ID: <a@b>\r\n\r\n%d", i)
		a := c.Append("INBOX", int64(len(text)), nil)
		a.Write([]byte(text))
		a.Close()
		if data, err := a.Wait(); err != nil || data.UID != 1 {
			t.Errorf("message %d: got UID %v, %v, want 1", i, data, err)
		}
	}
	if n := s.Snapshot("anna").Messages(); n != 1 {
		t.Errorf("got %d messages, want 1", n)
	}
}

func TestManyAccountsAreCheap(t *testing.T) {
	s := imapserver.Start(t, imapserver.Options{})
	text := bytes.Repeat([]byte("x"), 1<<20)
	for i := range 20_000 {
		s.Put(fmt.Sprint("user", i), []mailtest.Mail{{Folder: []string{"INBOX"}, Bytes: text}})
	}
	if n := s.Snapshot("user19999").Messages(); n != 1 {
		t.Errorf("got %d messages, want 1", n)
	}
}
