package pop3

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

const (
	hangUp = "<hang up>" // at the end of a scripted reply: closes the connection
	stall  = "<stall>"   // instead of a reply: says nothing more
	secret = "hunter2"
)

// fake is a POP3 server that holds mails, and answers by script where replies
// has the command, whole or its verb alone.
type fake struct {
	greeting string // "" is a good one
	mails    []string
	uidls    []string // nil: made of the number
	capa     string   // lines; "" answers -ERR
	replies  map[string]string
	tls      *tls.Config
	// gather answers no RETR before so many have come.
	gather int

	mu    sync.Mutex
	heard []string
}

// ahead is what a server says that takes commands ahead.
const ahead = "UIDL\r\nTOP\r\nPIPELINING\r\n"

// start gives access to it. The server serves any number of sessions.
func (f *fake) start(t *testing.T) dial.Access {
	t.Helper()
	t.Cleanup(func() {
		if slices.ContainsFunc(f.commands(), func(s string) bool { return strings.HasPrefix(s, "DELE") }) {
			t.Error("DELE was sent")
		}
	})
	_, port, err := net.SplitHostPort(mailtest.Serve(t, func(_ int, conn net.Conn) { f.serve(conn) }))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return dial.Access{
		Endpoint: dial.Endpoint{Scheme: "pop3", User: "anna", Host: "127.0.0.1", Port: n, TLS: dial.None},
		Password: func(context.Context) (string, error) { return secret, nil },
		Timeout:  5 * time.Second,
	}
}

// open starts it and signs in.
func (f *fake) open(t *testing.T) *Source {
	t.Helper()
	return signedIn(t, f.start(t))
}

func signedIn(t *testing.T, a dial.Access) *Source {
	t.Helper()
	s, err := New(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// commands are those that came in so far.
func (f *fake) commands() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.heard)
}

func (f *fake) serve(conn net.Conn) {
	defer conn.Close()
	r, w := bufio.NewReader(conn), io.Writer(conn)
	greeting := f.greeting
	if greeting == "" {
		greeting = "+OK ready\r\n"
	}
	if greeting, cut := strings.CutSuffix(greeting, hangUp); cut {
		io.WriteString(w, greeting)
		return
	}
	io.WriteString(w, greeting)
	var waiting []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSuffix(line, "\r\n")
		f.mu.Lock()
		f.heard = append(f.heard, line)
		f.mu.Unlock()
		if waiting = append(waiting, line); strings.HasPrefix(line, "RETR") && len(waiting) < f.gather {
			continue
		}
		for _, command := range waiting {
			reply := f.reply(command)
			if reply == stall {
				io.Copy(io.Discard, r)
				return
			}
			text, cut := strings.CutSuffix(reply, hangUp)
			if _, err := io.WriteString(w, text); err != nil || cut || command == "QUIT" {
				return
			}
			if command == "STLS" && strings.HasPrefix(reply, "+OK") {
				secure := tls.Server(conn, f.tls)
				r, w = bufio.NewReader(secure), secure
			}
		}
		waiting = nil
	}
}

func (f *fake) reply(line string) string {
	verb, arg, _ := strings.Cut(line, " ")
	for _, key := range []string{line, verb} {
		if reply, ok := f.replies[key]; ok {
			return reply
		}
	}
	number, _, _ := strings.Cut(arg, " ")
	n, _ := strconv.Atoi(number)
	switch {
	case verb == "CAPA" && f.capa == "", verb == "STLS" && f.tls == nil:
		return "-ERR unknown command\r\n"
	case verb == "CAPA":
		return "+OK\r\n" + f.capa + ".\r\n"
	case verb == "STAT":
		return fmt.Sprintf("+OK %d %d\r\n", len(f.mails), len(strings.Join(f.mails, "")))
	case verb == "UIDL", verb == "LIST":
		return f.list(verb)
	case verb == "RETR" && 0 < n && n <= len(f.mails):
		return "+OK\r\n" + stuffed(f.mails[n-1])
	case verb == "TOP" && 0 < n && n <= len(f.mails):
		header, _, _ := strings.Cut(f.mails[n-1], "\r\n\r\n")
		return "+OK\r\n" + stuffed(header+"\r\n\r\n")
	case n > 0:
		return "-ERR no such message\r\n"
	}
	return "+OK\r\n"
}

func (f *fake) list(verb string) string {
	var b strings.Builder
	b.WriteString("+OK\r\n")
	for i, m := range f.mails {
		switch {
		case verb == "LIST":
			fmt.Fprintf(&b, "%d %d\r\n", i+1, len(m))
		case f.uidls != nil:
			fmt.Fprintf(&b, "%d %s\r\n", i+1, f.uidls[i])
		default:
			fmt.Fprintf(&b, "%d uid-%d\r\n", i+1, i+1)
		}
	}
	b.WriteString(".\r\n")
	return b.String()
}

// stuffed is a message as it stands on the wire, with its final dot.
func stuffed(m string) string {
	if m != "" && !strings.HasSuffix(m, "\r\n") {
		m += "\r\n"
	}
	m = strings.ReplaceAll("\r\n"+m, "\r\n.", "\r\n..")
	return m[2:] + ".\r\n"
}

// mails makes n different messages.
func mails(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("From: a@example.org\r\nSubject: number %d\r\n\r\n%s\r\n", i+1, strings.Repeat("text ", i)))
	}
	return out
}
