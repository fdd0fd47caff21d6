package hostile

import (
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

func TestMain(m *testing.M) { proof.Main(m) }

// victim is the side on which the hostile server stands.
type victim int

const (
	imapSource victim = iota
	imapDest
	pop3Source
)

func (v victim) String() string {
	return [...]string{"IMAP source", "IMAP destination", "POP3 source"}[v]
}

// attack is one row.
type attack struct {
	name string
	on   victim
	// play is what the server does instead of what it should: by the beginning of
	// the command, the longest that fits, or one of the moments below.
	play play
	// caps replaces what the IMAP server says it can.
	caps string
	// mail is what the server holds; nil are two small messages at a source, none
	// at a destination. letters replaces those that a destination is sent.
	mail, letters []string
	// security is how the endpoint is written: clear text, to this machine, by default.
	security security
	cert     mailtest.CertKind // what is wrong with the certificate
	stranger bool              // it is signed by an authority that nobody knows

	// arrives is how many messages may get to the honest destination. fine tells
	// that all do, and that the run may end with 0.
	arrives int
	fine    bool
	// texts has the other outputs looked at as well: those for people.
	texts bool
	// stands is a server that only stands still or drips: see [stand].
	stands bool
}

type security int

const (
	clearText security = iota
	startTLS
	implicitTLS
)

// play is a script: what is called for a command gets its tag and its text.
type play map[string]func(p *peer, tag, text string)

// Moments of a session that are no commands.
const (
	atGreeting = "greeting"
	atLiteral  = "literal" // the client asks for leave to send one
)

// Bounds that every attack must end within.
const (
	endurance = 2 * time.Minute // from the beginning to the end of a run: the stall limit
	memory    = 64 << 20        // bytes
)

// table is all rows.
func table() (rows []attack) {
	for _, part := range [][]attack{
		endlessLines(), literals(), floods(), popFloods(), nesting(), numbers(), names(), texts(), tags(), wiretaps(), standing(),
	} {
		rows = append(rows, part...)
	}
	return rows
}

const nl = "\r\n"

// say answers lines, then OK.
func say(lines ...string) func(*peer, string, string) {
	return func(p *peer, tag, _ string) {
		for _, line := range lines {
			p.send(line + nl)
		}
		p.ok(tag)
	}
}

// raw answers exactly that; $ is the tag.
func raw(text string) func(*peer, string, string) {
	return func(p *peer, tag, _ string) { p.send(withTag(text, tag)) }
}

// endless answers head and then piece for ever.
func endless(head, piece string) func(*peer, string, string) {
	many := strings.Repeat(piece, 1+4096/len(piece)) // so that the client has to be fast, not we
	return func(p *peer, tag, _ string) { p.flood(withTag(head, tag), func(int) string { return many }) }
}

// counting answers what line makes of 0, 1, 2 and so on, for ever.
func counting(line func(i int) string) func(*peer, string, string) {
	return func(p *peer, _, _ string) { p.flood("", line) }
}
