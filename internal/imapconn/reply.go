package imapconn

import (
	"bytes"
	"strings"
)

// Reply is a status response, RFC 3501 section 7.1.
type Reply struct {
	Type string // OK, NO, BAD, BYE, PREAUTH
	Code string // the response code's name in upper case, "" if there is none
	Arg  string // what follows the name in the code
	Text string
}

// Err is nil for OK, else the reply as an [Error].
func (r Reply) Err() error {
	if r.Type == "OK" {
		return nil
	}
	return &Error{Reply: r}
}

// reply takes what follows the type of a status response.
func (r *reader) reply(kind string) Reply {
	r.blanks()
	rep := Reply{Type: kind}
	if len(r.line) > 0 && r.line[0] == '[' {
		code, text := splitCode(r.line[1:])
		name, arg, _ := strings.Cut(strings.TrimSpace(string(code)), " ")
		rep.Code, rep.Arg = strings.ToUpper(name), strings.TrimSpace(arg)
		r.line = text
	}
	text := bytes.TrimSpace(r.line)
	rep.Text = string(text[:min(len(text), maxWords)])
	r.line = nil
	return rep
}

// status takes what follows the type of a status response. What people may get to
// read is without secrets: some servers repeat what they were sent.
func (c *Conn) status(kind string) Reply {
	r := &c.in
	if r.blanks(); kind != "OK" || len(r.line) > 6 && bytes.EqualFold(r.line[:6], []byte("[ALERT")) {
		r.line = []byte(c.conn.Hide(string(r.line)))
	}
	return r.reply(kind)
}

// splitCode finds the "]" that ends a response code: flags in a parenthesis
// may hold one themselves.
func splitCode(p []byte) (code, text []byte) {
	end := bytes.IndexByte(p, ']')
	if i := bytes.IndexByte(p, '('); i >= 0 && i < end {
		if j := bytes.Index(p, []byte(")]")); j >= 0 {
			end = j + 1
		}
	}
	if end < 0 {
		return p, nil
	}
	return p[:end], p[end+1:]
}

// statusType names the type of a status response, "" if it is none.
func statusType(word []byte) string {
	switch string(word) {
	case "OK":
		return "OK"
	case "NO":
		return "NO"
	case "BAD":
		return "BAD"
	case "BYE":
		return "BYE"
	case "PREAUTH":
		return "PREAUTH"
	}
	return ""
}
