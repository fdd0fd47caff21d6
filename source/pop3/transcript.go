package pop3

import (
	"bytes"
	"fmt"
	"strings"
)

// What gets into a transcript is what we know: commands without their secrets,
// status lines, and the lines of lists. Messages, and whatever else a server may
// send, show as their size.

// masked stands for a secret.
const masked = "***"

// open are the commands whose arguments are no secrets.
const open = " CAPA STLS USER STAT LIST UIDL RETR TOP NOOP RSET QUIT "

// tellCommand is a command as it may be told.
func tellCommand(line string) string {
	verb, args, _ := strings.Cut(line, " ")
	known := strings.ToUpper(verb)
	switch {
	case strings.Contains(open, " "+known+" "):
		return line
	case known == "AUTH":
		if method, _, secret := strings.Cut(args, " "); secret {
			return verb + " " + method + " " + masked
		}
		return line
	case known == "PASS" || known == "APOP":
		return verb + " " + masked
	}
	return masked
}

// tellStatus is a status line as it may be told.
func tellStatus(line []byte) string {
	if _, _, ok := parseStatus(line); ok {
		return string(line)
	}
	return tellSize(int64(len(line)))
}

func tellSize(n int64) string { return fmt.Sprintf("{%d bytes}", n) }

// traceList tells a line that go-pop3 reads after a status line, piece by piece.
func (w *wire) traceList(piece []byte) {
	w.heard = append(w.heard, piece...)
	line, whole := bytes.CutSuffix(w.heard, []byte("\n"))
	if !whole {
		return
	}
	w.traceLine(bytes.TrimSuffix(line, []byte("\r")))
	w.heard = w.heard[:0]
}

// traceLine tells a line of a list: CAPA's are words, those of UIDL and LIST begin
// with a number.
func (w *wire) traceLine(line []byte) {
	list := len(line) > 0 && (w.verb == "CAPA" || line[0] >= '0' && line[0] <= '9' || string(line) == ".")
	if !list {
		w.TraceHeard(tellSize(int64(len(line))))
		return
	}
	w.TraceHeard(string(line))
}
