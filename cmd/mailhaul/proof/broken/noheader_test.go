package broken_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// TestNoHeaderInMbox: in an mbox, what follows a From_ line without a header
// may be text that was not quoted. It is kept with the message before, and told:
// every line of the file arrives in some message.
func TestNoHeaderInMbox(t *testing.T) {
	from, state := putMbox(t, broken())
	path, _ := strings.CutPrefix(from, "mbox:")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	before := state()
	o := haul(t, t.TempDir(), from, "imap://"+user+"@"+server.IMAP+"?tls=none")
	if o.exit != 0 || !o.told("kept as text") {
		t.Errorf("got %v, want a note of what was kept as text", o)
	}
	if state() != before {
		t.Error("the file has changed")
	}
	got := lines(texts(t, server.IMAP, user))
	for line, n := range lines([][]byte{file}) {
		if strings.HasPrefix(line, ">") || strings.HasPrefix(line, "From ") || line == "" {
			continue // quoting, separators, and the blank lines before them
		}
		if got[line] != n {
			t.Errorf("the line %.60q: got it %d times, want %d", line, got[line], n)
		}
	}
}

// lines counts equal ones, canonical.
func lines(texts [][]byte) map[string]int {
	count := map[string]int{}
	for _, text := range texts {
		for line := range strings.SplitSeq(string(canonical(text)), "\r\n") {
			count[line]++
		}
	}
	return count
}

// texts are the messages in INBOX.
func texts(t *testing.T, addr, user string) (out [][]byte) {
	t.Helper()
	c, err := imapclient.DialInsecure(addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(user, mailtest.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		t.Fatal(err)
	}
	cmd := c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			if body, ok := item.(imapclient.FetchItemDataBodySection); ok {
				var b bytes.Buffer
				if _, err := io.Copy(&b, body.Literal); err != nil {
					t.Fatal(err)
				}
				out = append(out, b.Bytes())
			}
		}
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}
