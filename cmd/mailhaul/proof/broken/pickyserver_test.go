package broken_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// picky is a destination that refuses what its rule refuses.
type picky struct {
	rule func(a appended) string // "" or the words of the refusal: `NO [CANNOT] no`

	mu   sync.Mutex
	kept []appended
}

// appended is an APPEND as it came.
type appended struct {
	flags []string
	date  string // with its quotes, "" is none
	raw   []byte
}

// open starts the server and gives its endpoint.
func (p *picky) open(t *testing.T) string {
	return "imap://u@" + listen(t, p.play) + "?tls=none"
}

// all is what it holds.
func (p *picky) all() []appended {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]appended(nil), p.kept...)
}

func (p *picky) play(in *bufio.Reader, out *bufio.Writer) {
	fmt.Fprint(out, "* OK [CAPABILITY IMAP4rev1 UIDPLUS] picky\r\n")
	for {
		_ = out.Flush()
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		verb, rest, _ := strings.Cut(command, " ")
		switch strings.ToUpper(verb) {
		case "CAPABILITY":
			fmt.Fprint(out, "* CAPABILITY IMAP4rev1 UIDPLUS\r\n")
		case "LIST":
			fmt.Fprint(out, "* LIST () \"/\" INBOX\r\n")
		case "SELECT", "EXAMINE", "STATUS":
			p.tell(out, strings.ToUpper(verb))
		case "NOOP":
			fmt.Fprintf(out, "* %d EXISTS\r\n", len(p.all()))
		case "UID":
			p.fetch(out, strings.Fields(rest))
		case "APPEND":
			fmt.Fprintf(out, "%s %s\r\n", tag, p.append(in, out, rest))
			continue
		}
		fmt.Fprintf(out, "%s OK done\r\n", tag)
	}
}

func (p *picky) tell(out *bufio.Writer, verb string) {
	n := len(p.all())
	if verb == "STATUS" {
		fmt.Fprintf(out, "* STATUS INBOX (MESSAGES %d UIDNEXT %d UIDVALIDITY 1)\r\n", n, n+1)
		return
	}
	fmt.Fprintf(out, "* %d EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n"+
		"* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT %d] x\r\n", n, n+1)
}

func (p *picky) fetch(out *bufio.Writer, words []string) {
	if len(words) < 3 || words[0] != "FETCH" {
		return
	}
	for i, a := range p.all() {
		if inSet(i+1, words[1]) {
			header := a.raw[:bodyAt(a.raw)]
			fmt.Fprintf(out, "* %d FETCH (UID %d FLAGS (%s) RFC822.SIZE %d BODY[HEADER] {%d}\r\n%s)\r\n",
				i+1, i+1, strings.Join(a.flags, " "), len(a.raw), len(header), header)
		}
	}
}

var appendArgs = regexp.MustCompile(`^"?INBOX"? (?:\(([^)]*)\) )?(".*" )?\{(\d+)\}$`)

// append takes one message and answers what is to be said after the tag.
func (p *picky) append(in *bufio.Reader, out *bufio.Writer, args string) string {
	match := appendArgs.FindStringSubmatch(args)
	if match == nil {
		return "BAD what is " + args
	}
	size, _ := strconv.Atoi(match[3])
	a := appended{flags: strings.Fields(match[1]), date: strings.TrimSpace(match[2]), raw: make([]byte, size)}
	fmt.Fprint(out, "+ go on\r\n")
	_ = out.Flush()
	if _, err := io.ReadFull(in, a.raw); err != nil {
		return "BAD " + err.Error()
	}
	if _, err := in.ReadString('\n'); err != nil {
		return "BAD " + err.Error()
	}
	if words := p.rule(a); words != "" {
		return words
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(p.kept, a)
	return fmt.Sprintf("OK [APPENDUID 1 %d] done", len(p.kept))
}

// holds reports whether it has a message of these bytes, once.
func (p *picky) holds(raw []byte) (a appended, once bool) {
	n := 0
	for _, k := range p.all() {
		if bytes.Equal(k.raw, raw) {
			a = k
			n++
		}
	}
	return a, n == 1
}
