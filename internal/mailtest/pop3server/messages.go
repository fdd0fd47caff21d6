package pop3server

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

func (c *session) list(about func(i int) (string, bool)) string {
	var b strings.Builder
	b.WriteString("+OK\r\n")
	for i := range c.drop {
		text, ok := about(i)
		if !ok {
			return "-ERR not implemented\r\n"
		}
		fmt.Fprintf(&b, "%d %s\r\n", i+1, text)
	}
	return b.String() + ".\r\n"
}

func (c *session) message(verb, arg string) string {
	number, lines, _ := strings.Cut(arg, " ")
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n < 1 || n > len(c.drop) || c.gone[n-1]:
		return "-ERR no such message\r\n"
	case verb == "DELE":
		c.gone[n-1] = true
		return "+OK\r\n"
	case verb == "TOP" && c.o.NoTop:
		return "-ERR unknown command\r\n"
	}
	text := c.drop[n-1].body
	if verb == "TOP" {
		text = top(text, lines)
	} else {
		c.given = append(c.given, c.drop[n-1])
		c.more = c.drop[n-1].more
	}
	return "+OK\r\n" + Stuffed(text)
}

// top is the header and so many lines of the body.
func top(text []byte, lines string) []byte {
	n, _ := strconv.Atoi(lines)
	end := bytes.Index(text, []byte("\r\n\r\n")) + 4
	if end < 4 {
		return text
	}
	for ; n > 0 && end < len(text); n-- {
		i := bytes.IndexByte(text[end:], '\n')
		if i < 0 {
			return text
		}
		end += i + 1
	}
	return text[:end]
}

// Stuffed is a message as it stands on the wire, with its final dot.
func Stuffed(m []byte) string {
	text := string(m)
	if text != "" && !strings.HasSuffix(text, "\r\n") {
		text += "\r\n"
	}
	return strings.ReplaceAll("\r\n"+text, "\r\n.", "\r\n..")[2:] + ".\r\n"
}
