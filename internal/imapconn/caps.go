package imapconn

import (
	"strconv"
	"strings"
)

// Caps are a server's capabilities, in upper case. IMAP4REV2 is among them only
// where IMAP4REV1 is not: we speak the older one with extensions, whose names
// are modified UTF-7.
type Caps map[string]bool

func parseCaps(text string) Caps {
	caps := make(Caps)
	for _, name := range strings.Fields(strings.ToUpper(text)) {
		caps[name] = true
	}
	if caps["IMAP4REV1"] {
		delete(caps, "IMAP4REV2")
	}
	return caps
}

// Has reports whether the server has the capability, given in upper case.
func (c Caps) Has(name string) bool { return c[name] }

// number is the value of a capability like APPENDLIMIT=35651584, 0 without.
func (c Caps) number(name string) int64 {
	for k := range c {
		if value, ok := strings.CutPrefix(k, name+"="); ok {
			if n, err := strconv.ParseInt(value, 10, 64); err == nil && n > 0 {
				return n
			}
		}
	}
	return 0
}

// AppendLimit is the largest message that the server takes, in bytes, RFC 7889;
// 0 if it does not tell.
func (c Caps) AppendLimit() int64 { return c.number("APPENDLIMIT") }

// MessageLimit is how many messages one command may touch, RFC 9738; 0 is no
// limit.
func (c Caps) MessageLimit() int { return int(min(c.number("MESSAGELIMIT"), 1<<30)) }

// ModSeq reports whether the server can tell HIGHESTMODSEQ, RFC 7162.
func (c Caps) ModSeq() bool { return c["CONDSTORE"] || c["QRESYNC"] }

// NoWait reports whether a literal of that many bytes may follow its command
// without the server's leave, RFC 7888. Sending it so to a server that does
// not know it would let the text run as commands.
func (c Caps) NoWait(size int64) bool {
	return c["LITERAL+"] || (c["LITERAL-"] && size <= 4096)
}
