package pop3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/mailhaul/mailhaul/internal/dial"
)

const (
	maxStatus  = 64 << 10 // bytes of a status line, 512 by RFC 2449 section 4
	maxWords   = 1000     // bytes of it that people may get to read
	maxReply   = 64 << 10 // bytes of a reply that go-pop3 reads whole: CAPA has less than 1,000
	maxCommand = 2000     // bytes of a command with its arguments
)

// dialer is how go-pop3 comes to its connection.
type dialer func() (net.Conn, error)

// Dial is called by go-pop3; where to is our own business.
func (d dialer) Dial(string, string) (net.Conn, error) { return d() }

// wire is the connection as go-pop3 sees it. It gives out one line at a time
// at most, so that go-pop3 never buffers what belongs to us; it lets only whole
// single commands out; and it keeps the status line that go-pop3 turns into a
// bare text.
type wire struct {
	*dial.Conn
	replay   []byte // the greeting, which we read ourselves
	greeting string

	verb   string // of the last command
	ahead  bool   // commands may leave before earlier ones are answered
	await  bool   // a status line comes next
	status []byte // the last one, as far as it was read
	taken  int    // bytes since the last command
	heard  []byte // the line after it, for the transcript
}

// connect opens the connection, reads the greeting and upgrades to TLS where
// the endpoint says so. The greeting is then replayed to go-pop3.
func connect(ctx context.Context, a dial.Access) (*dial.Conn, *wire, error) {
	conn, err := dial.Open(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Watch(ctx)()
	w := &wire{Conn: conn, await: true}
	err = w.greet()
	if err == nil && a.TLS == dial.StartTLS {
		err = w.upgrade(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, w, nil
}

// greet reads the greeting.
func (w *wire) greet() error {
	line, err := w.ReadLine(maxStatus)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s hung up before its greeting: %w", w.Access().Host, err)
	}
	if err != nil {
		return err
	}
	w.TraceHeard(string(line))
	words, positive, ok := parseStatus(line)
	switch {
	case !ok:
		return noPOP3(w.Access(), line)
	case !positive:
		return refusal(atGreeting, "connection", words)
	}
	w.greeting = words
	w.replay = append(bytes.Clone(line), "\r\n"...)
	return nil
}

// upgrade asks for TLS. Not to get it is final: nobody may talk us out of it.
func (w *wire) upgrade(ctx context.Context) error {
	if _, err := w.Write([]byte("STLS" + crlf)); err != nil { // refused if the answer is here already
		return err
	}
	line, err := w.ReadLine(maxStatus)
	if err != nil {
		return fmt.Errorf("asking for STLS: %w", err)
	}
	w.TraceHeard(tellStatus(line))
	words, positive, ok := parseStatus(line)
	switch {
	case !ok:
		return outOfStep("STLS", line)
	case !positive:
		e := refusal(atTLS, "STLS", words)
		e.permanent = true
		safe := w.Access().Endpoint.Over("pop3s")
		e.text += "; without encryption the password could be read on the way"
		e.hint = fmt.Sprintf("try %s, which is encrypted from the start (port %d)", safe, safe.Port)
		return e
	}
	w.await, w.status = true, nil
	return w.StartTLS(ctx)
}

// Read gives at most the rest of one line.
func (w *wire) Read(p []byte) (int, error) {
	if len(w.replay) > 0 {
		n := copy(p, w.replay)
		w.replay = w.replay[n:]
		w.await = len(w.replay) > 0
		return n, nil
	}
	if _, err := w.R.Peek(1); err != nil {
		return 0, ended(err)
	}
	piece, _ := w.R.Peek(min(len(p), w.R.Buffered()))
	if i := bytes.IndexByte(piece, '\n'); i >= 0 {
		piece = piece[:i+1]
	}
	n := copy(p, piece)
	if w.taken += n; w.taken > maxReply {
		return 0, outOfStep("a command", []byte("a reply without an end"))
	}
	if p[n-1] == '\n' {
		w.Fresh()
	}
	if w.await {
		if err := w.keep(p[:n]); err != nil {
			return 0, err
		}
	} else if w.Traced() {
		w.traceList(p[:n])
	}
	_, err := w.R.Discard(n)
	return n, err
}

// keep collects the status line, and refuses what is none: go-pop3 would take
// an empty line for success.
func (w *wire) keep(piece []byte) error {
	if w.status = append(w.status, piece...); len(w.status) > maxStatus {
		return outOfStep("a command", []byte("a line without an end"))
	}
	if piece[len(piece)-1] != '\n' {
		return nil
	}
	w.await = false
	w.status = bytes.TrimRight(w.status, "\r\n")
	w.TraceHeard(tellStatus(w.status))
	if _, _, ok := parseStatus(w.status); !ok {
		return outOfStep("a command", []byte(w.Hide(string(w.status))))
	}
	return nil
}

// Write takes one command with its CRLF. Anything else could be two: it never
// leaves (an argument with CR or LF would run as a command).
func (w *wire) Write(p []byte) (int, error) {
	line, ok := strings.CutSuffix(string(p), "\r\n")
	if !ok || len(line) > maxCommand || strings.ContainsAny(line, "\r\n\x00") {
		return 0, errors.New("an argument holds a line end or a NUL, or is too long")
	}
	w.await, w.status, w.taken = true, w.status[:0], 0
	w.verb, _, _ = strings.Cut(line, " ")
	if n := w.R.Buffered(); n > 0 && !w.ahead {
		return 0, &Error{permanent: true, text: fmt.Sprintf("the server says %d bytes before it is asked: its answers would be taken for others", n)}
	}
	w.TraceSent(tellCommand(line))
	return w.Conn.Write(p)
}

// parseStatus splits a status line, RFC 1939 section 3. ok is false if it is none.
func parseStatus(line []byte) (text string, positive, ok bool) {
	rest, positive := bytes.CutPrefix(line, []byte("+OK"))
	if !positive {
		if rest, ok = bytes.CutPrefix(line, []byte("-ERR")); !ok {
			return "", false, false
		}
	}
	if len(rest) > 0 && rest[0] != ' ' {
		return "", false, false
	}
	rest = bytes.TrimSpace(rest)
	return string(rest[:min(len(rest), maxWords)]), positive, true
}

// ended makes the end of the connection, where a reply was due, an error that
// nobody takes for the end of the reply.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the server hung up: %w", io.ErrUnexpectedEOF)
	}
	return err
}
