package pop3

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
	"github.com/mailhaul/mailhaul/internal/mailtest/pop3server"
)

var (
	transcripts = flag.String("transcripts", "", "the folder to write what the program says to, one file a test")
	longest     = flag.Duration("longest", 2*time.Minute, "how long one run of the program may take")
)

func TestMain(m *testing.M) { proof.Main(m) }

// user is the account on both sides.
const user = "anna"

// full is what a good POP3 server lists.
func full() []string { return []string{"USER", "UIDL", "TOP", "PIPELINING", "RESP-CODES"} }

// stage is a maildrop, a destination and the program between them.
type stage struct {
	t    *testing.T
	from *pop3server.Server
	to   *imapserver.Server
	// Or both are real: then realUser has the mailbox.
	real     *mailtest.Server
	realUser string
	source   string // the endpoints
	dest     string
	home     string
	env      []string
	said     strings.Builder
}

// newStage starts both servers. What the program says is written down at the end.
func newStage(t *testing.T, o pop3server.Options, bodies ...[]byte) *stage {
	t.Helper()
	g := &stage{t: t, from: pop3server.Start(t, o, bodies...), to: imapserver.Start(t, imapserver.Options{})}
	g.source, g.dest = clear("pop3", user, g.from.Addr), clear("imap", user, g.to.Addr)
	return g.open()
}

// open gives a stage its home.
func (g *stage) open() *stage {
	g.home = g.t.TempDir()
	g.t.Cleanup(g.writeDown)
	return g
}

func clear(scheme, user, addr string) string {
	return fmt.Sprintf("%s://%s@%s?tls=none", scheme, user, addr)
}

// copy runs mailhaul copy with these flags from source to destination.
func (g *stage) copy(flags ...string) proof.End {
	g.t.Helper()
	return g.run(append(append([]string{"copy"}, flags...), g.source, g.dest)...)
}

// run runs the program.
func (g *stage) run(args ...string) proof.End {
	g.t.Helper()
	end := proof.Command{Args: args, Home: g.home, Env: g.env, Limit: *longest}.Run(g.t)
	g.note(args, end.Stderr+end.Stdout, end.Exit)
	return end
}

// note writes down what was said.
func (g *stage) note(args []string, said string, exit int) {
	fmt.Fprintf(&g.said, "$ mailhaul %s\n%s[exit %d]\n\n", strings.Join(args, " "), said, exit)
}

// writeDown writes the file of the test.
func (g *stage) writeDown() {
	if *transcripts == "" {
		return
	}
	text := g.said.String()
	for _, end := range [][2]string{{g.source, "pop3://anna@pop.old.example"}, {g.dest, "imap://anna@imap.new.example"}, {g.home, "~"}} {
		text = strings.ReplaceAll(text, end[0], end[1])
		text = strings.ReplaceAll(text, "'"+end[1]+"'", end[1])
	}
	path := filepath.Join(*transcripts, strings.ReplaceAll(g.t.Name(), "/", "-")+".txt")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		g.t.Error(err)
	}
}

// want checks the exit code, and that these words were said.
func (g *stage) want(got proof.End, exit int, words ...string) {
	g.t.Helper()
	if got.Exit != exit {
		g.t.Errorf("got exit %d, want %d:\n%s%s", got.Exit, exit, got.Stderr, got.Stdout)
	}
	said := got.Stderr + got.Stdout
	for _, w := range words {
		if !strings.Contains(said, w) {
			g.t.Errorf("want %q in what is said:\n%s", w, said)
		}
	}
}

// wantAgain runs the same copy once more: nothing is new.
func (g *stage) wantAgain(messages int, flags ...string) {
	g.t.Helper()
	g.want(g.copy(flags...), 0, fmt.Sprintf("Nothing new: looked at %d messages", messages))
}

// holds checks that a folder at the destination holds just these messages, in
// whatever order.
func (g *stage) holds(folder string, bodies ...[]byte) {
	g.t.Helper()
	for _, d := range g.differences(folder, bodies) {
		g.t.Error(d)
	}
}

// among checks that these messages are there, whatever else is.
func (g *stage) among(folder string, bodies ...[]byte) {
	g.t.Helper()
	for _, d := range g.differences(folder, bodies) {
		if !strings.Contains(d, ": surplus ") {
			g.t.Error(d)
		}
	}
}

// differences tells what a folder does not hold of these messages, or besides.
func (g *stage) differences(folder string, bodies [][]byte) []string {
	g.t.Helper()
	path := strings.Split(folder, "/")
	var mails []mailtest.Mail
	for _, b := range bodies {
		mails = append(mails, mailtest.Mail{Folder: path, Bytes: b})
	}
	there := mailtest.Snapshot{mailtest.Key(path...): g.mailbox()[mailtest.Key(path...)]}
	return mailtest.Compare(mailtest.FromMails(mails), there, mailtest.CompareOptions{
		Closed: true, IgnoreFlags: true, IgnoreDates: true, IgnoreOrder: true, IgnoreEmpty: true,
	})
}

// mailbox is the destination as it stands.
func (g *stage) mailbox() mailtest.Snapshot {
	g.t.Helper()
	if g.real != nil {
		return mailtest.Take(g.t, g.real.IMAP, g.realUser)
	}
	return g.to.Snapshot(user)
}

// letter is message n, with all that a message has.
func letter(n int) []byte {
	return fmt.Appendf(nil, "Received: from relay.example by pop.old.example; Mon, 6 Jan 2020 10:%02d:%02d +0100\r\n"+
		"Message-ID: <%d@sender.example>\r\nDate: Mon, 6 Jan 2020 09:%02d:%02d +0100\r\nFrom: Bert <bert@sender.example>\r\n"+
		"To: anna@old.example\r\nSubject: letter %d\r\n\r\nDear Anna,\r\n.this is letter %d.\r\n", n/60%60, n%60, n, n/60%60, n%60, n, n)
}

// letters are messages 1 to n.
func letters(n int) (all [][]byte) {
	for i := range n {
		all = append(all, letter(i+1))
	}
	return all
}

// at leaves messages of those places, counted from 1.
func at(all [][]byte, places ...int) (some [][]byte) {
	for i, b := range all {
		if slices.Contains(places, i+1) {
			some = append(some, b)
		}
	}
	return some
}

// replaced changes a text in a message.
func replaced(b []byte, old, new string) []byte {
	return bytes.Replace(b, []byte(old), []byte(new), 1)
}
