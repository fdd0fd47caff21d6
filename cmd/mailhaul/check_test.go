package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// update writes the transcripts anew: go test ./cmd/mailhaul -run Transcripts -update
var update = flag.Bool("update", false, "write testdata/check and testdata/golden anew")

// TestCheckTranscripts holds what the doctor says of servers of all kinds
// against testdata/check, where it can be read.
func TestCheckTranscripts(t *testing.T) {
	for _, tc := range []struct {
		name  string
		serve func(t *testing.T) (outside, string) // the world and the endpoint
		flags []string
		code  int
	}{
		{"dovecot", dovecotCheck, []string{"--probe"}, exitDone},
		{"cyrus", cyrusCheck, []string{"--probe"}, exitDone},
		{"pop3", pop3Check, nil, exitDone},
		{"wrong-host", wrongHostCheck, nil, exitError},
		{"wrong-port", wrongPortCheck, nil, exitTemporary},
		{"expired", expiredCheck, nil, exitError},
		{"gmail", gmailCheck, nil, exitSignIn},
		{"office", officeCheck, nil, exitSignIn},
	} {
		t.Run(tc.name, func(t *testing.T) {
			world, endpoint := tc.serve(t)
			args := append(append([]string{"check"}, tc.flags...), endpoint)
			got, code := runIn(t, world.environ(t), args...)
			if code != tc.code {
				t.Errorf("got exit code %d, want %d", code, tc.code)
			}
			golden(t, filepath.Join("testdata", "check", tc.name+".txt"), "$ mailhaul "+strings.Join(args, " ")+"\n"+got)
		})
	}
}

// runIn runs the program in this process, in a world on 127.0.0.1. What it says
// to people comes before its results.
func runIn(t *testing.T, environ []string, args ...string) (said string, code int) {
	t.Helper()
	var out, talk bytes.Buffer
	dir := t.TempDir()
	w := &world{
		out: &sink{w: &out, name: "standard output"}, talk: &talk, args: append([]string{"mailhaul"}, args...),
		environ: append(environ, "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "AppData="+dir, "LocalAppData="+dir,
			"MAILHAUL_SOURCE_PASSWORD="+mailtest.Password),
	}
	w.net = fakeNetwork(w.env)
	w.environ = append(w.environ, "MAILHAUL_CA_FILE="+w.env(outsideCA))
	code = obey(t.Context(), w)
	return talk.String() + out.String(), code
}

// unsteady is what differs from run to run.
var unsteady = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`port (\d{4,5})\b`), "port PORT"},
	{regexp.MustCompile(`\b\d+(\.\d+)?(µs|ms|s)\b`), "TIME"},
	{regexp.MustCompile(`20\d\d-\d\d-\d\d( \d\d:\d\d UTC)?`), "DATE"},
	{regexp.MustCompile(`mailtest\d+`), "mailtest"},
	{regexp.MustCompile(`Cyrus IMAP \S+`), "Cyrus IMAP VERSION"},
	{regexp.MustCompile(`[\d.]+ [KM]?i?B/s`), "RATE"},
	{regexp.MustCompile(`sha256:[A-Za-z0-9+/=]+`), "sha256:PIN"},
	{regexp.MustCompile(`\bu\d+\b`), "anna"},
}

// golden holds a text against a file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	for _, u := range unsteady {
		got = u.what.ReplaceAllString(got, u.as)
	}
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("got\n%s\nwant (%s)\n%s", got, path, want)
	}
}

func dovecotCheck(t *testing.T) (outside, string) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := s.NewUser()
	mailtest.Load(t, s.IMAP, user, mailtest.Corpus(9, 12, mailtest.CorpusOptions{Small: true}))
	return mailWorld(s), "imaps://" + user + "@imap.new.example"
}

func cyrusCheck(t *testing.T) (outside, string) {
	s := mailtest.Cyrus(t)
	return outside{}, "imap://anna@" + s.IMAP + "?tls=none"
}

func pop3Check(t *testing.T) (outside, string) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	return mailWorld(s), "pop3s://" + s.NewUser() + "@pop.old.example"
}

func wrongHostCheck(t *testing.T) (outside, string) {
	return outside{records: []string{"imap.old.example A 127.0.0.20"}}, "imaps://anna@imap.odl.example"
}

func wrongPortCheck(t *testing.T) (outside, string) {
	gone := mailtest.Fake(t, func(*mailtest.FakeConn) {})
	closed := "127.0.0.1:9" // nothing listens there
	return outside{records: []string{"imap.old.example A 127.0.0.20"}, ports: map[string]string{"imap.old.example:993": closed, "imap.old.example:143": gone}},
		"imaps://anna@imap.old.example"
}

func expiredCheck(t *testing.T) (outside, string) {
	addr := mailtest.FakeTLS(t, mailtest.CA().Issue(mailtest.CertExpired), func(c *mailtest.FakeConn) { c.Wait() })
	return outside{records: []string{"imap.old.example A 127.0.0.20"}, ports: map[string]string{"imap.old.example:993": addr}},
		"imaps://anna@imap.old.example"
}

// refusing is a server that speaks like a large provider up to its refusal.
func refusing(t *testing.T, greeting, caps, refusal string) string {
	return mailtest.FakeTLS(t, mailtest.CA().Issue(mailtest.CertGood), func(c *mailtest.FakeConn) {
		c.Send(greeting)
		for {
			line, ok := c.TryLine()
			if !ok {
				return
			}
			tag, command, _ := strings.Cut(line, " ")
			switch word := strings.ToUpper(command); {
			case strings.HasPrefix(word, "CAPABILITY"):
				c.Send("* CAPABILITY "+caps, tag+" OK Thats all she wrote!")
			case strings.HasPrefix(word, "AUTHENTICATE PLAIN "), strings.HasPrefix(word, "LOGIN"):
				c.Send(tag + " " + refusal)
			default:
				c.Send(tag + " BAD Unknown command")
			}
		}
	})
}

// gmailCheck says what imap.gmail.com says to an account password.
func gmailCheck(t *testing.T) (outside, string) {
	addr := refusing(t, "* OK Gimap ready for requests from 127.0.0.1",
		"IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER",
		"NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)")
	return outside{records: []string{"imap.gmail.com A 127.0.0.20"}, ports: map[string]string{"imap.gmail.com:993": addr}}, "anna@gmail.com"
}

// officeCheck says what outlook.office365.com says to a password.
func officeCheck(t *testing.T) (outside, string) {
	addr := refusing(t, "* OK The Microsoft Exchange IMAP4 service is ready.",
		"IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+", "NO LOGIN failed.")
	return outside{records: []string{"outlook.office365.com A 127.0.0.20"}, ports: map[string]string{"outlook.office365.com:993": addr}}, "anna@outlook.com"
}

// TestProbeJudges: what a destination does to mail is told.
func TestProbeJudges(t *testing.T) {
	for _, tc := range []struct {
		name   string
		spoil  func(p *probe)
		told   string
		colour grade
	}{
		{"bytes", func(p *probe) { p.read[0] = bytes.Replace(p.read[0], []byte("\xfc"), []byte("?"), 1) }, "changes messages: at byte", bad},
		{"a message is gone", func(p *probe) { p.kept = p.kept[:1] }, "two messages were put there, 1 are there", bad},
		{"date", func(p *probe) { p.kept[0].Date = p.sent }, "does not keep the date of arrival: 2004-02-29T12:34:56+05:45 became", bad},
		{"keywords", func(p *probe) { p.kept[0].Flags = p.kept[0].Flags[:3] }, "keeps flags, but no keywords", note},
		{"flags", func(p *probe) { p.kept[0].Flags = nil }, `does not keep \Seen \Flagged \Answered $MailhaulCheck`, bad},
		{"clock", func(p *probe) { p.kept[1].Date = p.sent.Add(-time.Hour) }, "its clock is 1h0m0s behind ours", note},
		{"nothing", func(p *probe) {}, "keeps every byte", good},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newProbe()
			p.sent = time.Now()
			for i, l := range p.letters {
				m := l.Message
				if m.Date.IsZero() {
					m.Date = p.sent
				}
				p.kept, p.read = append(p.kept, m), append(p.read, bytes.Clone(p.bodies[i]))
			}
			tc.spoil(p)
			var out bytes.Buffer
			f := newFindings(&world{out: &sink{w: &out}}, false)
			p.judge(f)
			if !strings.Contains(out.String(), tc.told) || f.count[tc.colour] == 0 {
				t.Errorf("got\n%s\nwant %q as %s", &out, tc.told, tc.colour)
			}
		})
	}
}
