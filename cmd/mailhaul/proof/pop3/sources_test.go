package pop3

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest/pop3server"
)

// unread is a letter as mail programs keep it: LF, and lines of their own above.
func kept(m []byte) []byte {
	return append([]byte("X-Mozilla-Status: 0001\nX-Account-Key: account1\n"), bytes.ReplaceAll(m, []byte("\r\n"), []byte("\n"))...)
}

// TestSeveralSources: two maildrops, and the sent and received mail that a mail
// program has kept, go into one mailbox by one command. What more than one of them
// has is there once.
func TestSeveralSources(t *testing.T) {
	t.Parallel()
	m := letters(12)
	g := newStage(t, pop3server.Options{Capabilities: full()}, m[:6]...)
	work := pop3server.Start(t, pop3server.Options{Capabilities: full()}, m[4:8]...) // forwards the same mail
	second := clear("pop3", "anna.work", work.Addr)
	profile := filepath.Join(t.TempDir(), "Mail")
	for name, ms := range map[string][][]byte{"Inbox": m[2:4], "Sent": m[8:10]} {
		var box bytes.Buffer
		for _, one := range ms {
			box.WriteString("From - Mon Jan  6 10:00:00 2020\n")
			box.Write(kept(one))
			box.WriteString("\n")
		}
		write(t, filepath.Join(profile, name), box.Bytes())
	}
	dir := filepath.Join(t.TempDir(), "Maildir")
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "cur", "1578301200.1.host!2,S"), m[10])
	write(t, filepath.Join(dir, "cur", "1578301201.2.host!2,S"), m[0])

	args := []string{"copy", g.source, second, "mbox:" + profile, "maildir:" + dir, g.dest}
	g.want(g.run(args...), 0, "Copied 11 messages", "5  adopted ", "not doubled")
	g.holds("INBOX", append(append([][]byte{}, m[:8]...), m[10])...)
	g.want(g.run(args...), 0, "Nothing new: looked at 16 messages")
	if n := len(g.mailbox()["Sent"]); n != 2 {
		t.Errorf("got %d messages in Sent, want 2", n)
	}
	// One of them alone, and another order, double nothing either.
	g.want(g.run("copy", second, g.source, g.dest), 0, "Nothing new: looked at 10 messages")
	g.holds("INBOX", append(append([][]byte{}, m[:8]...), m[10])...)
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
