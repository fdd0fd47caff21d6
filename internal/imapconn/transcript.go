package imapconn

import (
	"bytes"
	"fmt"
	"strings"
)

// What gets into a transcript is what we know: commands as they are put together,
// with secrets and messages left out, and of what the server says the lines that
// have the shape of a reply. In a FETCH reply only items that hold no mail are
// told. All else shows as its size.

// spoken are the first words of untagged replies that are told whole.
var spoken = map[string]bool{
	"OK": true, "NO": true, "BAD": true, "BYE": true, "PREAUTH": true, "CAPABILITY": true, "ENABLED": true,
	"LIST": true, "LSUB": true, "XLIST": true, "STATUS": true, "SEARCH": true, "ESEARCH": true, "SORT": true,
	"FLAGS": true, "NAMESPACE": true, "ID": true, "VANISHED": true, "QUOTA": true, "QUOTAROOT": true,
}

// counted are those that begin with a number.
var counted = map[string]bool{"EXISTS": true, "RECENT": true, "EXPUNGE": true}

// harmless are the items of a FETCH reply that hold no mail.
var harmless = map[string]bool{
	"UID": true, "FLAGS": true, "INTERNALDATE": true, "RFC822.SIZE": true, "MODSEQ": true, "SAVEDATE": true,
	"EMAILID": true, "THREADID": true, "X-GM-MSGID": true, "X-GM-THRID": true,
}

// trace tells a line of the server's. after is the size of the literal that came
// before it, -1 if a reply begins with it.
func (r *reader) trace(line []byte, after int64) {
	switch {
	case !r.conn.Traced():
	case after >= 0:
		r.conn.TraceHeard(sizeOf(after) + tellItems(line))
	case r.greeted:
		r.conn.TraceHeard(tellReply(line, r.hush))
	default:
		r.greeted = true
		r.conn.TraceHeard(string(line))
	}
}

func sizeOf(n int64) string { return fmt.Sprintf("{%d bytes}", n) }

// masked stands for text that is not told.
func masked(p []byte) string {
	if len(p) == 0 {
		return ""
	}
	return sizeOf(int64(len(p)))
}

// tellReply is the first line of a reply as it may be told; hush tells that we are
// signing in, when what the server asks may be a secret.
func tellReply(line []byte, hush bool) string {
	first, rest, _ := bytes.Cut(line, []byte(" "))
	switch {
	case len(first) == 0:
	case string(first) == "*":
		return "* " + tellUntagged(rest)
	case string(first) == "+" && (!hush || len(rest) == 0):
		return string(line)
	case string(first) == "+":
		return "+ ***"
	case first[0] == 'm':
		kind, _, _ := bytes.Cut(rest, []byte(" "))
		_, ours := parseNumber(first[1:])
		if ours && statusType(bytes.ToUpper(kind)) != "" {
			return string(line)
		}
	}
	return masked(line)
}

func tellUntagged(line []byte) string {
	first, rest, more := bytes.Cut(line, []byte(" "))
	if _, number := parseNumber(first); !number {
		if spoken[strings.ToUpper(string(first))] {
			return string(line)
		}
		return masked(line)
	}
	word, items, _ := bytes.Cut(rest, []byte(" "))
	kind := strings.ToUpper(string(word))
	switch {
	case more && kind == "FETCH":
		return string(first) + " FETCH " + tellItems(items)
	case more && counted[kind]:
		return string(first) + " " + kind
	}
	return masked(line)
}

// tellItems is a part of a FETCH reply as it may be told: up to the first item
// that holds mail, or that we do not know, and that item's name if a literal
// follows.
func tellItems(line []byte) string {
	r := reader{line: line}
	for {
		for c := r.peek(); c == '(' || c == ')'; c = r.peek() {
			r.line = r.line[1:]
		}
		told, rest := string(line[:len(line)-len(r.line)]), r.line
		if len(rest) == 0 {
			return told
		}
		name := string(r.item())
		if harmless[name] && r.passValue(name) {
			continue
		}
		if size, ok, err := r.announced(); ok && err == nil && ofMail(name) {
			return told + name + fmt.Sprintf(" {%d}", size)
		}
		return told + masked(rest)
	}
}

// ofMail reports whether name is that of an item with mail in it: what only looks
// like a name could be mail itself.
func ofMail(name string) bool {
	return strings.HasPrefix(name, "BODY[") || strings.HasPrefix(name, "BINARY[") || strings.HasPrefix(name, "RFC822")
}

// passValue goes over the value of a harmless item, and reports whether it is
// what that item holds.
func (r *reader) passValue(name string) bool {
	const longest = len("17-Jul-1996 02:44:25 -0700")
	switch r.peek() {
	case '(':
		list, rest, ok := bytes.Cut(r.line, []byte(")"))
		r.line = rest
		return ok && (name == "FLAGS" || len(list) <= longest) && !bytes.ContainsAny(list, `"{`)
	case '"':
		return len(r.quoted()) <= longest
	}
	value := r.atom()
	return len(value) > 0 && len(value) <= longest && !bytes.ContainsAny(value, `"{`)
}
