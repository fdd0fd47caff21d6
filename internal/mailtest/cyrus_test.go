package mailtest

import (
	"testing"
	"time"
)

func TestCyrus(t *testing.T) {
	s := Cyrus(t)
	mails := []Mail{
		{Folder: []string{"INBOX"}, Flags: []string{`\Seen`, "$Label1"}, Date: time.Date(2019, 3, 1, 2, 3, 4, 0, time.UTC), Bytes: []byte("Subject: a\r\n\r\nb\r\n")},
		{Folder: []string{"Work"}, Date: time.Date(2019, 3, 2, 2, 3, 4, 0, time.UTC), Bytes: []byte("Subject: c\r\n\r\nd\r\n")},
	}
	Load(t, s.IMAP, "anna", mails)
	if diffs := Compare(FromMails(mails), Take(t, s.IMAP, "anna"), CompareOptions{}); len(diffs) > 0 {
		t.Errorf("got %q", diffs)
	}
}
