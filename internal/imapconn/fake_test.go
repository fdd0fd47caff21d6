package imapconn

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// answers gives what a scripted server says to a command, without its tag. "$"
// in it is the tag; without one, "$ OK done" is added. The empty answer closes
// the connection, "silence" says nothing.
type answers func(command string) string

const (
	silence = "silence"
	noTag   = "$no tag"  // at the end of an answer that is all
	hangUp  = "$hang up" // the same, and the connection ends
)

// serve plays a server for one connection, and gives an Access to it. Literals
// that the client announces are read into the command.
func serve(t testing.TB, greeting string, say answers) dial.Access {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, greeting+"\r\n")
		play(conn, say)
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return dial.Access{
		Endpoint: dial.Endpoint{Scheme: "imap", User: "anna", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: dial.None},
		Password: func(context.Context) (string, error) { return `se"cr\et`, nil },
		Timeout:  10 * time.Second,
	}
}

func play(conn net.Conn, say answers) {
	in, last := bufio.NewReader(conn), ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		command := strings.TrimRight(line, "\r\n")
		for strings.HasSuffix(command, "}") {
			open := strings.LastIndexByte(command, '{')
			var n int
			fmt.Sscanf(command[open:], "{%d", &n)
			if !strings.HasSuffix(command, "+}") {
				fmt.Fprint(conn, "+ go on\r\n")
			}
			text := make([]byte, n)
			if _, err := io.ReadFull(in, text); err != nil {
				return
			}
			rest, err := in.ReadString('\n')
			if err != nil {
				return
			}
			command += string(text) + strings.TrimRight(rest, "\r\n")
		}
		tag, rest, isCommand := strings.Cut(command, " ")
		if !isCommand { // the answer to a "+" has no tag
			tag = last
		}
		last = tag
		answer := say(rest)
		switch {
		case answer == "":
			return
		case answer == silence:
			continue
		case strings.HasSuffix(answer, hangUp):
			fmt.Fprint(conn, strings.TrimSuffix(answer, hangUp))
			return
		case strings.HasSuffix(answer, noTag):
			answer = strings.TrimSuffix(answer, noTag)
		case !strings.Contains(answer, "$"):
			answer += "$ OK done\r\n"
		}
		fmt.Fprint(conn, strings.ReplaceAll(answer, "$", tag))
	}
}

// always answers what the table says by the longest prefix of the command.
func always(table map[string]string) answers {
	return func(command string) string {
		best, answer := -1, "$ OK done\r\n"
		for prefix, a := range table {
			if strings.HasPrefix(command, prefix) && len(prefix) > best {
				best, answer = len(prefix), a
			}
		}
		return answer
	}
}

// inside opens a session that is signed in from the start.
func inside(t testing.TB, caps string, say answers) *Conn {
	t.Helper()
	c, err := Open(t.Context(), serve(t, "* PREAUTH [CAPABILITY IMAP4rev1 "+caps+"] hello", say))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
