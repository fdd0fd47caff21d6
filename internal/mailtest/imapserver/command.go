package imapserver

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// command is one that the client has sent.
type command struct {
	tag, name string
	box       string // the folder that it names
	text      string // its lines, without literals
	args      []token
}

type kind byte

const (
	atomToken kind = iota
	quotedToken
	literalToken
	openToken
	closeToken
)

// token is a part of a command.
type token struct {
	kind  kind
	text  string
	bytes []byte // of a literal
}

// string is the value of a token of any kind.
func (t token) string() string {
	if t.kind == literalToken {
		return string(t.bytes)
	}
	return t.text
}

var errEnded = errors.New("the connection is over")

// read reads one command with all its literals. A nil command without an error
// was refused on its way.
func (n *session) read() (*command, error) {
	c := &command{}
	for {
		line, err := n.r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		size, plus, announces := announcement(line)
		if announces {
			line = line[:strings.LastIndexByte(line, '{')]
		}
		c.text += line
		c.args = split(c.args, line)
		c.understand()
		if !announces {
			return c, nil
		}
		goOn, err := n.literal(c, size, plus)
		if err != nil || !goOn {
			return nil, err
		}
	}
}

// literal takes a literal; goOn is false if the command is refused.
func (n *session) literal(c *command, size int64, plus bool) (goOn bool, err error) {
	if f := deed(n.strikes(announced, c, n.user, n.openName())); f != nil {
		if plus && f.Say != "" {
			return false, errors.Join(n.refuseRest(size), n.do(f, c))
		}
		return false, n.do(f, c)
	}
	if plus && !n.pushes(size) { // what follows runs as commands
		n.tagged(c, "BAD no such literal here")
		return false, nil
	}
	if !plus {
		n.raw("+ go on\r\n")
		n.flush()
	}
	hits := n.strikes(inside, c, n.user, n.openName())
	if f := deed(hits); f != nil {
		if _, err := io.CopyN(io.Discard, n.r, min(f.InLiteral, size)); err != nil {
			return false, err
		}
		if f.Do != nil {
			f.Do()
		}
		return false, errors.Join(n.do(f, c), errEnded)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(n.r, text); err != nil {
		return false, err
	}
	c.args = append(c.args, token{kind: literalToken, bytes: text})
	return true, nil
}

// pushes reports whether a literal may come without being asked for, RFC 7888.
func (n *session) pushes(size int64) bool {
	return slices.Contains(n.caps(), "LITERAL+") || slices.Contains(n.caps(), "LITERAL-") && size <= 4096
}

// refuseRest reads what comes of a refused command that did not wait.
func (n *session) refuseRest(size int64) error {
	for {
		if _, err := io.CopyN(io.Discard, n.r, size); err != nil {
			return err
		}
		line, err := n.r.ReadString('\n')
		if err != nil {
			return err
		}
		var more bool
		if size, _, more = announcement(strings.TrimRight(line, "\r\n")); !more {
			return nil
		}
	}
}

// announcement reads "{12}" or "{12+}" at the end of a line.
func announcement(line string) (size int64, plus, ok bool) {
	at := strings.LastIndexByte(line, '{')
	if at < 0 || !strings.HasSuffix(line, "}") {
		return 0, false, false
	}
	digits, plus := strings.CutSuffix(line[at+1:len(line)-1], "+")
	size, err := strconv.ParseInt(digits, 10, 64)
	return size, plus, err == nil && size >= 0 && size < 1<<31
}

// understand finds the name of the command and the folder it is about.
func (c *command) understand() {
	if len(c.args) < 2 || c.name != "" && c.box != "" {
		return
	}
	c.tag, c.name = c.args[0].text, strings.ToUpper(c.args[1].text)
	rest := c.args[2:]
	if c.name == "UID" && len(rest) > 0 {
		c.name, rest = "UID "+strings.ToUpper(rest[0].text), rest[1:]
	}
	switch c.name {
	case "SELECT", "EXAMINE", "APPEND", "STATUS", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE":
		if len(rest) > 0 {
			c.box = rest[0].string()
		}
	}
}

// rest are the arguments.
func (c *command) rest() []token {
	skip := 2
	if strings.HasPrefix(c.name, "UID ") {
		skip = 3
	}
	return c.args[min(skip, len(c.args)):]
}

// split takes a line apart. Brackets hold their blanks and parentheses
// together: BODY.PEEK[HEADER.FIELDS (DATE)].
func split(args []token, line string) []token {
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		switch line[0] {
		case '(':
			args, line = append(args, token{kind: openToken, text: "("}), line[1:]
		case ')':
			args, line = append(args, token{kind: closeToken, text: ")"}), line[1:]
		case '"':
			var text string
			text, line = unquote(line[1:])
			args = append(args, token{kind: quotedToken, text: text})
		default:
			n, deep := 0, 0
			for ; n < len(line) && (deep > 0 || !strings.ContainsRune(` ()`, rune(line[n]))); n++ {
				switch line[n] {
				case '[':
					deep++
				case ']':
					deep = max(deep-1, 0)
				}
			}
			args, line = append(args, token{kind: atomToken, text: line[:n]}), line[n:]
		}
	}
	return args
}

func unquote(line string) (text, rest string) {
	var out strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '"':
			return out.String(), line[i+1:]
		case line[i] == '\\' && i+1 < len(line):
			i++
		}
		out.WriteByte(line[i])
	}
	return out.String(), ""
}

// list takes a parenthesised list, or one value in its place.
func list(args []token) (items []token, rest []token) {
	if len(args) == 0 {
		return nil, nil
	}
	if args[0].kind != openToken {
		return args[:1], args[1:]
	}
	depth := 0
	for i, t := range args {
		switch t.kind {
		case openToken:
			depth++
		case closeToken:
			depth--
		}
		if depth == 0 {
			return args[1:i], args[i+1:]
		}
	}
	return args[1:], nil
}

func texts(args []token) []string {
	var out []string
	for _, t := range args {
		out = append(out, t.string())
	}
	return out
}
