package imapconn

import (
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Cyrus lets its proxies sign in on behalf of others, by SASL's authorisation
// identity (RFC 4616), and nobody else.
func TestProxyOfCyrus(t *testing.T) {
	s := mailtest.Cyrus(t)
	mails := []mailtest.Mail{{Folder: []string{"INBOX"}, Bytes: []byte("Subject: hers\r\n\r\nyes\r\n")}}
	mailtest.Load(t, s.IMAP, "anna", mails)
	for admin, want := range map[string]bool{mailtest.CyrusProxy: true, "berta": false} {
		a := accessTo(t, s.IMAP, "anna")
		a.TLS = dial.None
		a.Admin = dial.Admin{User: admin, Way: dial.OnBehalf}
		c, err := Open(t.Context(), a)
		if (err == nil) != want {
			t.Errorf("%s on behalf of anna: got %v, want to be let in: %v", admin, err, want)
		}
		if err != nil {
			continue
		}
		defer c.Close()
		tree, err := c.Folders(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		if inbox, ok := tree.Lookup([]string{"INBOX"}); !ok || inbox.Messages != 1 {
			t.Errorf("%s sees %+v, want the one message of anna's INBOX", admin, inbox)
		}
	}
}
