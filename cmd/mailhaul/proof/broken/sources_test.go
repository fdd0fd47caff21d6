package broken_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// source is a kind of place where mail comes from: all in INBOX.
type source struct {
	name string
	// put stores the messages and names the endpoint; state is a fingerprint of
	// the source, which no run may change.
	put func(t *testing.T, ms []message) (endpoint string, state func() string)
	// form is what the source holds of a message, canonical.
	form func(m message) []byte
	// holds reports whether it can hold the message as one; nil is all.
	holds func(m message) bool
	// blind: the source knows no flags, and dates from headers only.
	blind bool
	// ended: the source cannot tell whether there was a final line end.
	ended bool
}

func sources() []source {
	plain := func(m message) []byte { return canonical(m.raw) }
	return []source{
		{name: "Maildir", put: putMaildir, form: plain},
		{name: "mbox", put: putMbox, form: mboxForm, holds: beginsWithHeader, ended: true},
		{name: "IMAP", put: putDovecot("imap"), form: plain},
		{name: "POP3", put: putDovecot("pop3"), form: plain, blind: true},
		{name: "raw IMAP", put: putRawIMAP, form: plain},
		{name: "raw POP3", put: putRawPOP3, form: plain, blind: true},
	}
}

// mails are the messages as mailtest has them.
func mails(ms []message) (out []mailtest.Mail) {
	for _, m := range ms {
		out = append(out, mailtest.Mail{Folder: []string{"INBOX"}, Flags: m.flags, Date: m.date, Bytes: m.raw})
	}
	return out
}

func putMaildir(t *testing.T, ms []message) (string, func() string) {
	dir := filepath.Join(t.TempDir(), "Maildir")
	mailtest.WriteMaildir(t, dir, mails(ms))
	return "maildir:" + dir, func() string { return fingerprint(t, dir) }
}

var quotedFrom = regexp.MustCompile(`(?m)^(>*From )`)

// mboxForm is what an mboxrd holds: a message in it ends with a line end.
func mboxForm(m message) []byte {
	if m.mbox != nil {
		return closed(m.mbox)
	}
	return closed(m.raw)
}

var fieldName = regexp.MustCompile(`^>*(From |[!-9;-~]+[ \t]*:)`)

// beginsWithHeader: what follows a From_ line in an mbox must be a header, or
// nobody can tell it from text of the message before (TestNoHeaderInMbox).
func beginsWithHeader(m message) bool {
	raw := m.raw
	if m.mbox != nil {
		raw = m.mbox
	}
	return fieldName.Match(raw)
}

// putMbox writes an mboxrd with the lines' own ends. Flags are left to the
// tests of flags.
func putMbox(t *testing.T, ms []message) (string, func() string) {
	var b bytes.Buffer
	for _, m := range ms {
		raw := m.raw
		if m.mbox != nil {
			raw = m.mbox
		}
		fmt.Fprintf(&b, "From a@example.org %s\n", cmp.Or(m.separator, m.date.UTC().Format("Mon Jan _2 15:04:05 2006")))
		if at := bodyAt(raw); at < len(raw) {
			b.Write(raw[:at])
			if raw = raw[at:]; bytes.Contains(raw, []byte("From ")) {
				raw = quotedFrom.ReplaceAll(raw, []byte(">$1"))
			}
		}
		if b.Write(raw); !bytes.HasSuffix(raw, []byte("\n")) {
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "INBOX.mbox")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return "mbox:" + path, func() string { return fingerprint(t, path) }
}

// bodyAt is where the body begins, after the blank line.
func bodyAt(raw []byte) int {
	at := 0
	for line := range bytes.Lines(raw) {
		at += len(line)
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
	}
	return at
}

// putDovecot writes files under a Dovecot, which has no say in them.
func putDovecot(scheme string) func(*testing.T, []message) (string, func() string) {
	return func(t *testing.T, ms []message) (string, func() string) {
		server := mailtest.Shared(t, mailtest.DovecotOptions{Format: mailtest.Maildir})
		user := server.NewUser()
		mailtest.LoadMaildir(t, server, user, mails(ms))
		addr := server.IMAP
		if scheme == "pop3" {
			addr = server.POP3
		}
		dir := filepath.Join(server.Home(user), "Maildir", "cur")
		return scheme + "://" + user + "@" + addr + "?tls=none", func() string { return contents(t, dir) }
	}
}

// fingerprint is made of all names, times and bytes at and below path.
func fingerprint(t *testing.T, path string) string {
	h := sha256.New()
	err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(h, name, info.Mode(), info.ModTime().UnixNano())
		if e.IsDir() {
			return nil
		}
		data, err := os.ReadFile(name)
		h.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// contents is a multiset of the files' bytes: Dovecot may rename them when
// POP3 has read them.
func contents(t *testing.T, dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var sum [sha256.Size]byte
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		one := sha256.Sum256(data)
		for i := range sum {
			sum[i] += one[i]
		}
	}
	return fmt.Sprintf("%d %x", len(entries), sum)
}
