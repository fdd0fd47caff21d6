package dial

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"
)

// maxTraced is how much of a line gets into a transcript, in bytes.
const maxTraced = 1000

// Transcript is told what is said on all connections of one side, line by line,
// above TLS:
//
//	source 1 -- connected to 192.0.2.1:143
//	source 1 S: * OK ready
//	source 1 C: m1 LOGIN ***
//	destination 2 C: m7 APPEND "INBOX" {4711+}
//	destination 2 C: {4711 bytes}
//
// The number tells the connections of a side apart. Who speaks a protocol hands
// over each line with [Conn.TraceSent] and [Conn.TraceHeard], names secrets with
// [Conn.Secret], and puts "{4711 bytes}" where mail would stand: what is not
// handed over is not told. Secrets are masked wherever they stand in a line, even
// if it is the server that says them, as they are or in base64; long lines are cut.
//
// Without a Transcript ([Access.Transcript] nil) none of this costs anything.
type Transcript struct {
	// Name is the side's: "source".
	Name string
	// Tell gets each line. It may hold control characters. It is called from the
	// goroutine that talks, from several at once, and holds that one up while it
	// runs.
	Tell func(line string)

	conns   atomic.Int64
	secrets secrets
}

// Traced reports whether somebody reads a transcript: else no line need be made.
func (c *Conn) Traced() bool { return c.access.Transcript != nil }

// TraceSent tells a line, without its line end, that we say.
func (c *Conn) TraceSent(line string) { c.trace("C: ", line) }

// TraceHeard tells a line that the server says.
func (c *Conn) TraceHeard(line string) { c.trace("S: ", line) }

func (c *Conn) trace(who, line string) {
	t := c.access.Transcript
	if t == nil {
		return
	}
	text := c.secrets.hide(line, maxTraced)
	if more := len(line) - maxTraced; more > 0 {
		text += fmt.Sprintf(" {%d bytes more}", more)
	}
	t.Tell(fmt.Sprintf("%s %d %s%s", t.Name, c.number, who, text))
}

// traceTLS tells how the connection is secured now.
func (c *Conn) traceTLS(state tls.ConnectionState) {
	if c.Traced() {
		c.trace("-- ", tls.VersionName(state.Version)+" "+tls.CipherSuiteName(state.CipherSuite))
	}
}

// traceEnd tells how the connection ended.
func (c *Conn) traceEnd(why error) {
	if c.Traced() && !c.ended.Swap(true) {
		in, out := c.Counts()
		c.trace("-- ", fmt.Sprintf("ended after %d bytes in and %d out: %v", in, out, why))
	}
}

// Secret names a text that nobody may read: from now on it is masked in the
// transcripts of all connections of this side, and by [Conn.Hide].
func (c *Conn) Secret(secret string) { c.secrets.add(secret) }

// Hide masks the secrets in what a server says, before it gets into an error.
func (c *Conn) Hide(text string) string { return c.secrets.hide(text, len(text)) }

// Alert hands what the server wants the user to know to [Access.Alert].
func (c *Conn) Alert(text string) {
	if c.access.Alert != nil && text != "" {
		c.access.Alert(c.Hide(text))
	}
}
