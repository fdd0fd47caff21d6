package broken_test

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// listen plays a server on 127.0.0.1 until the test ends.
func listen(t *testing.T, play func(in *bufio.Reader, out *bufio.Writer)) (addr string) {
	t.Helper()
	return mailtest.Serve(t, func(_ int, conn net.Conn) {
		out := bufio.NewWriter(conn)
		play(bufio.NewReader(conn), out)
		_ = out.Flush() // the client may have gone
	})
}

// steady is the state of a source that cannot change.
func steady() string { return "" }

// putRawIMAP serves messages with the bytes, dates and flags as they are.
func putRawIMAP(t *testing.T, ms []message) (string, func() string) {
	addr := listen(t, func(in *bufio.Reader, out *bufio.Writer) { rawIMAP(in, out, ms) })
	return "imap://u@" + addr + "?tls=none", steady
}

// rawIMAP answers what a reader asks; UIDs are 1 to the number of messages.
func rawIMAP(in *bufio.Reader, out *bufio.Writer, ms []message) {
	fmt.Fprint(out, "* OK [CAPABILITY IMAP4rev1] raw\r\n")
	for {
		_ = out.Flush()
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		verb, _, _ := strings.Cut(command, " ")
		switch verb = strings.ToUpper(verb); verb {
		case "CAPABILITY":
			fmt.Fprint(out, "* CAPABILITY IMAP4rev1\r\n")
		case "LIST":
			fmt.Fprint(out, "* LIST () \"/\" INBOX\r\n")
		case "STATUS":
			fmt.Fprintf(out, "* STATUS INBOX (MESSAGES %d UIDNEXT %d UIDVALIDITY 1)\r\n", len(ms), len(ms)+1)
		case "EXAMINE":
			fmt.Fprintf(out, "* %d EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT %d] x\r\n", len(ms), len(ms)+1)
		case "UID":
			rawFetch(out, strings.Fields(command), ms)
		case "LOGIN", "NOOP":
		case "LOGOUT":
			fmt.Fprint(out, "* BYE\r\n")
		default:
			fmt.Fprintf(out, "%s BAD what is %s?\r\n", tag, verb)
			continue
		}
		fmt.Fprintf(out, "%s OK done\r\n", tag)
	}
}

// rawFetch answers UID FETCH set items.
func rawFetch(out *bufio.Writer, words []string, ms []message) {
	items := strings.Join(words[3:], " ")
	for i, m := range ms {
		if !inSet(i+1, words[2]) {
			continue
		}
		fmt.Fprintf(out, "* %d FETCH (UID %d FLAGS (%s) INTERNALDATE %q RFC822.SIZE %d", i+1, i+1,
			strings.Join(m.flags, " "), cmp.Or(m.wire, m.date.Format("_2-Jan-2006 15:04:05 -0700")), len(m.raw))
		switch {
		case strings.Contains(items, "BODY.PEEK[]"):
			fmt.Fprintf(out, " BODY[] {%d}\r\n%s", len(m.raw), m.raw)
		case strings.Contains(items, "HEADER"):
			header := m.raw[:bodyAt(m.raw)]
			fmt.Fprintf(out, " BODY[HEADER] {%d}\r\n%s", len(header), header)
		}
		fmt.Fprint(out, ")\r\n")
	}
}

func inSet(uid int, set string) bool {
	for part := range strings.SplitSeq(set, ",") {
		first, last, isRange := strings.Cut(part, ":")
		from, _ := strconv.Atoi(first)
		to, err := strconv.Atoi(last)
		if !isRange {
			to = from
		} else if err != nil {
			to = 1 << 31
		}
		if from <= uid && uid <= to {
			return true
		}
	}
	return false
}

// putRawPOP3 serves messages with the bytes as they are: a line is what CRLF
// ends, its first dot is doubled, nothing else.
func putRawPOP3(t *testing.T, ms []message) (string, func() string) {
	addr := listen(t, func(in *bufio.Reader, out *bufio.Writer) { rawPOP3(in, out, ms) })
	return "pop3://u@" + addr + "?tls=none", steady
}

func rawPOP3(in *bufio.Reader, out *bufio.Writer, ms []message) {
	fmt.Fprint(out, "+OK raw\r\n")
	octets := 0
	for _, m := range ms {
		octets += len(m.raw)
	}
	for {
		_ = out.Flush()
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		words := strings.Fields(line)
		if len(words) == 0 {
			return
		}
		switch words[0] {
		case "CAPA":
			fmt.Fprint(out, "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n")
		case "STAT":
			fmt.Fprintf(out, "+OK %d %d\r\n", len(ms), octets)
		case "UIDL", "LIST":
			fmt.Fprint(out, "+OK\r\n")
			for i, m := range ms {
				if words[0] == "UIDL" {
					fmt.Fprintf(out, "%d uid-%d\r\n", i+1, i+1)
				} else {
					fmt.Fprintf(out, "%d %d\r\n", i+1, len(m.raw))
				}
			}
			fmt.Fprint(out, ".\r\n")
		case "RETR", "TOP":
			n, _ := strconv.Atoi(words[1])
			raw := ms[n-1].raw
			if words[0] == "TOP" {
				raw = raw[:bodyAt(raw)]
			}
			fmt.Fprintf(out, "+OK\r\n%s.\r\n", stuffed(raw))
		default:
			fmt.Fprint(out, "+OK\r\n")
		}
	}
}

// stuffed doubles the dot at the beginning of each line and adds CRLF to a text
// that does not end with it, RFC 1939 section 3.
func stuffed(raw []byte) []byte {
	var out []byte
	for len(raw) > 0 {
		line, rest, ended := bytes.Cut(raw, []byte("\r\n"))
		if len(line) > 0 && line[0] == '.' {
			out = append(out, '.')
		}
		if out = append(out, line...); ended || len(rest) == 0 {
			out = append(out, "\r\n"...)
		}
		raw = rest
	}
	return out
}
