package fault

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// user is the account on both sides.
const user = "anna"

// patience is how long one run may take where many others run.
const patience = 3 * time.Minute

// rig is one row at work.
type rig struct {
	t        *testing.T
	row      row
	mail     []mailtest.Mail
	from, to *imapserver.Server
	source   string // the endpoint
	home     string
	before   mailtest.Snapshot // of the source
}

// summary is the last line of --json.
type summary struct {
	Event                                                                  string
	Messages, Copied, Present, Adopted, Skipped, Refused, Vanished, Merged int
	Exit                                                                   int
}

func (s summary) sum() int {
	return s.Copied + s.Present + s.Adopted + s.Skipped + s.Refused + s.Vanished + s.Merged
}

func newRig(t *testing.T, r row) *rig {
	g := &rig{t: t, row: r, mail: r.mail, home: t.TempDir(), to: imapserver.Start(t, r.to)}
	if g.mail == nil {
		g.mail = testMail()
	}
	if r.pop != nil {
		g.mail = inbox(g.mail)
		g.source = endpoint("pop3", r.pop.start(t, g.mail))
	} else {
		g.from = imapserver.Start(t, r.from)
		g.from.Put(user, g.mail)
		g.source = endpoint("imap", g.from.Addr)
	}
	g.to.Put(user, r.besides)
	if r.setup != nil {
		r.setup(g)
	}
	g.before = g.sourceNow()
	return g
}

func endpoint(scheme, addr string) string { return scheme + "://" + user + "@" + addr + "?tls=none" }

func (g *rig) sourceNow() mailtest.Snapshot {
	if g.from == nil {
		return mailtest.Snapshot{}
	}
	return g.from.Snapshot(user)
}

// run runs the program once.
func (g *rig) run() (proof.End, summary) {
	args := append([]string{"copy", "--json", "--no-input", "--connections", "1"}, g.row.args...)
	got := proof.Command{Args: append(args, g.source, endpoint("imap", g.to.Addr)), Home: g.home, Limit: patience}.Run(g.t)
	lines := strings.Split(strings.TrimSpace(got.Stdout), "\n")
	var s summary
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil || s.Event != "summary" {
		g.t.Errorf("the last line is no summary: %q; stderr %q", lines[len(lines)-1], got.Stderr)
	}
	return got, s
}

// hold runs the row and complains of all that is not as it must be.
func (g *rig) hold() {
	got, s := g.run()
	g.check("first run", g.row.first, got, s)
	if g.row.atLeast > 0 && got.Took < g.row.atLeast {
		g.t.Errorf("the first run took %v, want at least %v", got.Took, g.row.atLeast)
	}
	if g.row.atMost > 0 && got.Took > g.row.atMost {
		g.t.Errorf("the first run took %v, want at most %v", got.Took, g.row.atMost)
	}
	if g.row.between != nil {
		g.row.between(g)
	}
	arrived := g.to.Snapshot(user).Messages()
	want := g.then()
	got, s = g.run()
	g.check("second run", want, got, s)
	if now := g.to.Snapshot(user).Messages(); s.Copied != now-arrived {
		g.t.Errorf("second run: %d copied, but the destination had %d and has %d", s.Copied, arrived, now)
	}
}

// then makes the servers ready for the second run, and tells how it must end.
func (g *rig) then() end {
	if !g.row.stays {
		g.to.Mend()
		if g.from != nil {
			g.from.Mend()
		}
		if g.row.pop != nil {
			g.row.pop.mend()
		}
	}
	switch {
	case g.row.second != nil:
		return *g.row.second
	case g.row.stays:
		return g.row.first.repeated()
	}
	return end{}
}

// repeated is how the same run ends again where nothing has changed.
func (e end) repeated() end {
	again := end{exit: e.exit, lacks: e.lacks, some: e.some, twins: e.twins, nothing: e.nothing}
	if e.counted() && !e.some {
		again.present, again.skipped, again.refused = e.copied+e.present+e.adopted+e.merged, e.skipped, e.refused
	}
	return again
}

// check looks at one run's end.
func (g *rig) check(which string, want end, got proof.End, s summary) {
	bad := func(format string, args ...any) { g.t.Errorf(which+": "+format, args...) }
	if got.Exit != want.exit || s.Exit != want.exit {
		bad("got exit %d, and %d in the summary, want %d", got.Exit, s.Exit, want.exit)
	}
	if s.Messages != s.sum() {
		bad("the summary does not add up: %+v", s)
	}
	if want.counted() {
		wanted := summary{"summary", 0, want.copied, want.present, want.adopted, want.skipped, want.refused, want.vanished, want.merged, s.Exit}
		wanted.Messages = wanted.sum()
		if s != wanted {
			bad("got %+v, want %+v", s, wanted)
		}
	} else if want.exit == 0 && !want.nothing && s.Messages != len(g.mail) {
		bad("exit 0 and %d messages accounted for, want %d", s.Messages, len(g.mail))
	}
	if shown := got.Stdout + got.Stderr; want.says != "" && !strings.Contains(shown, want.says) && !strings.Contains(shown, escaped(want.says)) {
		bad("want %q in what is shown", want.says)
	}
	for _, d := range g.differences(want) {
		bad("the destination: %s", d)
	}
	if !g.row.moves {
		for _, d := range mailtest.Compare(g.before, g.sourceNow(), mailtest.CompareOptions{}) {
			bad("the source was changed: %s", d)
		}
	}
	if g.t.Failed() {
		g.t.Logf("%s:\n%s%s", which, got.Stdout, got.Stderr)
	}
}

// escaped is text as it stands in JSON.
func escaped(text string) string {
	quoted, _ := json.Marshal(text) // a string can always be marshalled
	return strings.Trim(string(quoted), `"`)
}

// differences are those between what must be at the destination and what is.
func (g *rig) differences(want end) []string {
	mails := g.mail
	if g.row.made != nil {
		mails = changed(mails, g.row.made)
	}
	for _, i := range want.twins {
		mails = append(mails[:len(mails):len(mails)], mails[i])
	}
	if want.nothing {
		mails = nil
	}
	o := g.row.allow
	o.IgnoreOrder, o.IgnoreEmpty = true, true
	if g.row.pop != nil {
		o.IgnoreFlags, o.IgnoreDates = true, true
	}
	diffs := mailtest.Compare(mailtest.FromMails(append(without(mails, want.lacks), g.row.besides...)), g.to.Snapshot(user), o)
	if !want.some {
		return diffs
	}
	var left []string
	for _, d := range diffs {
		if !strings.Contains(d, ": missing ") && !strings.Contains(d, "got none, want a folder") {
			left = append(left, d)
		}
	}
	return left
}

// deliver puts mail of somebody else into the destination.
func (g *rig) deliver() {
	g.row.besides = []mailtest.Mail{letter(20)}
	g.to.Put(user, g.row.besides)
}
