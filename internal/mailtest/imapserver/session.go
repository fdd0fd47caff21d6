package imapserver

import (
	"bufio"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// session is one connection.
type session struct {
	*Server
	conn   net.Conn
	r      *bufio.Reader
	w      *bufio.Writer
	number int
	errors int // NOs and BADs so far

	user     string
	account  *account // nil before the sign-in
	open     *mailbox
	readOnly bool
	view     []uint32 // UIDs of the open folder as the client knows them
	gone     int      // mailbox.gone at the view's time
	hits     []*strike
}

// serve plays the server until the connection is over.
func (n *session) serve() {
	greeting := &command{tag: "*", name: "GREETING"}
	n.hits = n.strikes(whole, greeting, "", "")
	f := deed(n.hits)
	n.before(f, greeting)
	if f != nil {
		if n.do(f, greeting) != nil {
			n.flush()
			return
		}
	} else {
		n.line(n.options.Greeting)
	}
	if strings.HasPrefix(n.options.Greeting, "* PREAUTH") {
		n.enter("preauth")
	}
	for {
		if n.r.Buffered() == 0 {
			n.flush()
		}
		c, err := n.read()
		if err != nil {
			n.flush()
			return
		}
		if c != nil && n.run(c) != nil {
			n.flush()
			return
		}
	}
}

// run carries out one command; an error ends the connection.
func (n *session) run(c *command) error {
	n.mu.Lock()
	n.counts[c.name]++
	n.counts[""]++
	n.mu.Unlock()
	n.hits = n.strikes(whole, c, n.user, n.openName())
	f := deed(n.hits)
	n.before(f, c)
	if f != nil && !f.Late {
		return n.do(f, c)
	}
	answer, err := n.perform(c)
	if err != nil {
		return err
	}
	if f != nil {
		return n.do(f, c)
	}
	n.tagged(c, answer)
	if c.name == "LOGOUT" || n.options.Errors > 0 && n.errors >= n.options.Errors {
		if c.name != "LOGOUT" {
			n.line("* BYE too many errors")
		}
		return errEnded
	}
	return nil
}

// before is what faults do before the command is looked at.
func (n *session) before(f *strike, c *command) {
	for _, hit := range n.hits {
		if hit.Do != nil {
			hit.Do()
		}
		if hit.First != "" {
			n.raw(hit.First + "\r\n")
		}
		if hit.Wait > 0 {
			n.flush()
			select {
			case <-time.After(hit.Wait):
			case <-n.over:
			}
		}
	}
}

// do lets a fault answer, or end the connection.
func (n *session) do(f *strike, c *command) error {
	if f.Say != "" {
		if f.Say != "-" {
			n.tagged(c, f.Say)
		}
		return nil
	}
	switch {
	case f.Bye != "":
		n.raw("* BYE " + f.Bye + "\r\n")
	case f.Reset:
		if tcp, ok := n.conn.(*net.TCPConn); ok {
			n.flush()
			_ = tcp.SetLinger(0)
		}
	case f.Stall:
		n.flush()
		_, _ = io.Copy(io.Discard, n.r) // until the client goes, or the test ends
	}
	return errEnded
}

func (n *session) tagged(c *command, answer string) {
	if !strings.HasPrefix(answer, "OK") {
		n.errors++
	}
	n.line(c.tag + " " + answer)
}

// line sends a line as the faults leave it.
func (n *session) line(text string) {
	for _, hit := range n.hits {
		if hit.Line != nil && text != "" {
			text = hit.Line(text)
		}
	}
	if text != "" {
		n.raw(text + "\r\n")
	}
}

// raw and flush ignore errors: a command is carried out though nobody listens.
func (n *session) raw(text string) { _, _ = n.w.WriteString(text) }

func (n *session) flush() { _ = n.w.Flush() }

func (n *session) openName() string {
	if n.open == nil {
		return ""
	}
	return n.open.name
}

func literal(text string) string { return "{" + strconv.Itoa(len(text)) + "}\r\n" + text }

// perform does what the command says and gives the tagged answer.
func (n *session) perform(c *command) (string, error) {
	switch c.name {
	case "CAPABILITY":
		n.line("* CAPABILITY " + strings.Join(n.caps(), " "))
		return "OK done", nil
	case "NOOP", "CHECK":
		n.sync()
		return "OK done", nil
	case "LOGOUT":
		n.line("* BYE see you")
		return "OK done", nil
	case "ID":
		n.line(`* ID ("name" "imapserver")`)
		return "OK done", nil
	case "LOGIN":
		args := texts(c.rest())
		if len(args) != 2 {
			return "BAD two arguments", nil
		}
		return n.signIn(args[0], args[1]), nil
	case "AUTHENTICATE":
		return n.authenticate(texts(c.rest()))
	}
	if n.account == nil {
		return "BAD sign in first", nil
	}
	if do := n.folderCommand(c); do != nil {
		n.account.mu.Lock()
		defer n.account.mu.Unlock()
		return do(c.rest()), nil
	}
	return n.mailCommand(c)
}

func (n *session) caps() []string {
	if n.account == nil {
		return n.options.SignedOut
	}
	return n.options.Capabilities
}

func (n *session) has(capability string) bool {
	return slices.Contains(n.options.Capabilities, capability)
}

func (n *session) enter(user string) {
	n.user, n.account = user, n.Server.account(user)
}
