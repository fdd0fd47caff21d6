package imap

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
)

// serve plays a server for one connection: answer gives what it says to a
// command before OK, and what follows OK. It gives its address.
func serve(t *testing.T, answer func(command string) (lines, code string), caps string) string {
	t.Helper()
	return serveAs(t, func(command string) (lines, end string) {
		lines, code := answer(command)
		return lines, "OK " + code + " done"
	}, caps)
}

// serveAs is serve with the whole of the tagged reply.
func serveAs(t *testing.T, answer func(command string) (lines, end string), caps string) string {
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
		fmt.Fprintf(conn, "* PREAUTH [CAPABILITY IMAP4rev1 %s] hello\r\n", caps)
		in, out := bufio.NewReader(conn), bufio.NewWriter(conn)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			tag, command, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
			lines, end := answer(command)
			fmt.Fprintf(out, "%s%s %s\r\n", lines, tag, end)
			if in.Buffered() == 0 && out.Flush() != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

// big is a server with one folder of n messages, every step-th UID.
type big struct {
	n, step, limit int
	gone           int // how many of the n are there no more, the first ones
}

func (b *big) answer(command string) (lines, code string) {
	next := b.n*b.step + 1
	switch {
	case strings.HasPrefix(command, "LIST"):
		return "* LIST () \"/\" INBOX\r\n", ""
	case strings.HasPrefix(command, "STATUS"):
		return fmt.Sprintf("* STATUS INBOX (MESSAGES %d UIDNEXT %d UIDVALIDITY 5)\r\n", b.n-b.gone, next), ""
	case strings.HasPrefix(command, "EXAMINE"):
		return fmt.Sprintf("* %d EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n* OK [UIDNEXT %d] x\r\n", b.n-b.gone, next), "[READ-ONLY]"
	case strings.HasPrefix(command, "UID FETCH"):
		return b.fetch(strings.Fields(command)[2])
	}
	return "", ""
}

// fetch answers a range, the highest first; no more than limit messages.
func (b *big) fetch(set string) (lines, code string) {
	first, last, _ := strings.Cut(set, ":")
	from, _ := strconv.Atoi(first)
	to, err := strconv.Atoi(last)
	if err != nil {
		to = max(b.n*b.step, from)
	}
	var all strings.Builder
	count := 0
	for k := min(b.n-1, (to-1)/b.step); k >= b.gone && k*b.step+1 >= from; k-- {
		if count++; b.limit > 0 && count > b.limit {
			return all.String(), fmt.Sprintf("[MESSAGELIMIT %d %d]", b.limit, (k+1)*b.step+1)
		}
		fmt.Fprintf(&all, "* %d FETCH (UID %d FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 5)\r\n", k+1-b.gone, k*b.step+1)
	}
	return all.String(), ""
}
