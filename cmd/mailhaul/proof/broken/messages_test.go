package broken_test

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// message is one row of a table.
type message struct {
	name string
	raw  []byte
	// date is its INTERNALDATE, file time or From_ line; flags are as the
	// source has them.
	date  time.Time
	flags []string
	// wire and separator are its INTERNALDATE and its From_ line's date where
	// they are odd; "" is date.
	wire, separator string
	// headless: no header tells a date, which is all that POP3 has.
	headless bool
	// mbox is the form that an mbox can hold; nil is raw.
	mbox []byte
	// refused are words of the refusal; "" must arrive. strict are those of a
	// strict server: such a one may take it, or refuse it in these words.
	refused, strict string
}

// noon is when the first message came.
var noon = time.Date(2015, time.February, 2, 12, 0, 0, 0, time.UTC)

// head is a header that all sources can read a date from; more are further lines.
func head(name string, date time.Time, more ...string) string {
	stamp := date.Format("Mon, 02 Jan 2006 15:04:05 -0700")
	lines := []string{"Received: from a.example by b.example; " + stamp, "From: a@example.org", "To: b@example.net",
		"Date: " + stamp, "Subject: " + name, "Message-ID: <" + strings.ReplaceAll(name, " ", "-") + "@broken.example>"}
	return strings.Join(append(lines, more...), "\r\n") + "\r\n"
}

// table collects rows.
type table struct{ rows []message }

// raw adds a message of these bytes, which say nothing of a date.
func (t *table) raw(name, raw string) *message {
	t.rows = append(t.rows, message{name: name, raw: []byte(raw), date: noon.Add(time.Duration(len(t.rows)) * time.Minute), headless: true})
	return &t.rows[len(t.rows)-1]
}

// put adds a message with the usual header and more lines of it.
func (t *table) put(name, body string, more ...string) *message {
	m := t.raw(name, "")
	m.raw, m.headless = []byte(head(name, m.date, more...)+"\r\n"+body), false
	return m
}

// change adds a message with the usual header, then changed as a whole.
func (t *table) change(name, body string, change func(string) string) *message {
	m := t.put(name, body)
	m.raw = []byte(change(string(m.raw)))
	return m
}

// Words of Cyrus, imap/message.c.
const (
	hasNUL   = "Message contains NUL characters"
	hasLF    = "Message contains bare newlines"
	noHeader = "Message contains invalid header"
)

func replace(from, to string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, from, to) }
}

// broken is the table of broken bytes.
func broken() []message {
	t := &table{}
	t.put("sound before", "a line\r\n")
	t.lines()
	t.headers()
	t.ends()
	t.dots()
	t.nested()
	t.put("sound after", "a line\r\n")
	return t.rows
}

// lines are line ends, control characters and long lines.
func (t *table) lines() {
	t.put("NUL in the body", "one \x00 two \x00\x00\r\n\x00\r\n").strict = hasNUL
	t.put("NUL in a header", "text\r\n", "X-Nul: a\x00b").strict = hasNUL
	t.put("lone CR", "one\rtwo\r three\r\n\rfour\r\n")
	t.put("CR at the very end", "the end\r")
	t.put("CRs at the very end", "the end\r\r\r")
	t.put("CR in a header", "text\r\n", "X-Cr: one\rtwo")
	t.change("bare LF", "one\r\ntwo\r\n", replace("\r\n", "\n")).strict = hasLF
	t.change("CRCRLF", "one\r\ntwo\r\n", replace("\r\n", "\r\r\n"))
	lfcr := t.change("LF CR", "one\r\ntwo\r\n", func(s string) string { return s + "three\n\rfour\n\r" })
	lfcr.strict = hasLF
	lfcr.mbox = bytes.TrimSuffix(lfcr.raw, []byte("\r")) // with a line end it would be a blank line
	t.put("mixed line ends", "one\ntwo\r\nthree\r\r\nfour\n\n\r\nfive\rsix\n").strict = hasLF
	t.put("only the body has bare LF", "one\ntwo\n").strict = hasLF
	t.put("70 KB line", strings.Repeat("x", 70<<10)+"\r\nafter it\r\n")
	t.put("1 MB line", strings.Repeat("0123456789abcdef", 64<<10)+"\r\nafter it\r\n")
	t.put("1 MB line without end", strings.Repeat("fedcba9876543210", 64<<10))
	t.put("escape and bidi characters", "\x1b]0;owned\a\x1b[2J \u202e \x7f\r\n", "X-Odd: \x1b[31m\u202egnp.exe\a")
}

// headers are odd header fields.
func (t *table) headers() {
	t.change("latin-1 header", "text\r\n", replace("Subject: ", "Subject: Gr\xfc\xdfe "))
	t.change("UTF-8 header", "text\r\n", replace("Subject: ", "Subject: Grüße 日本 "))
	t.change("broken UTF-8 header", "text\r\n", replace("Subject: ", "Subject: \xc3\x28 \xf0\x9f \xed\xa0\x80 \xfe\xff "))
	t.change("control characters in the subject", "text\r\n", replace("Subject: ", "Subject: \x01\x02\x08\x0b\x0c\x1b[31m\x7f "))
	t.put("8-bit header name", "text\r\n", "X-Gr\xfc\xdfe: yes")
	t.put("folded header of 100 KB", "text\r\n", "X-Folded: "+strings.Repeat("0123456789\r\n ", 8<<10)+"end")
	t.put("unfolded header of 300 KB", "text\r\n", "X-Long: "+strings.Repeat("long ", 60<<10))
	t.put("10,000 header lines", "text\r\n", strings.Split(strings.Repeat("X-Again: and again\n", 10_000)+"X-Last: yes", "\n")...)
	t.change("no Date", "text\r\n", func(s string) string { return cutLine(s, "Date: ") })
	t.change("broken Date", "text\r\n", func(s string) string {
		return strings.Replace(cutLine(s, "Date: "), "Subject:", "Date: yesterday, about noon\r\nSubject:", 1)
	})
	t.change("no Message-ID", "text\r\n", func(s string) string { return cutLine(s, "Message-ID: ") })
	t.put("two Message-IDs", "text\r\n", "Message-ID: <second@broken.example>", "message-id: <third@broken.example>")
	t.change("empty fields", "text\r\n", func(s string) string {
		return strings.Replace(cutLine(s, "From: "), "Subject:", "From:\r\nTo:\r\nDate:\r\n: no name\r\nno colon\r\nSubject:", 1)
	}).strict = noHeader
	t.change("first line is a fold", "text\r\n", func(s string) string { return " folded into nothing\r\n" + s })
}

func cutLine(s, begin string) string {
	at := strings.Index(s, "\r\n"+begin) + 2
	return s[:at] + s[at+strings.Index(s[at:], "\r\n")+2:]
}

// ends are messages that begin or end in odd ways, or are nothing but that.
func (t *table) ends() {
	t.raw("empty", "").refused = "empty message"
	t.raw("only CRLF", "\r\n")
	t.raw("only blank lines", "\r\n\r\n\r\n")
	t.raw("one byte", "x").strict = noHeader
	t.raw("only text", "this is no header\r\nnor this\r\n").strict = noHeader
	t.put("header and blank line", "")
	t.change("header only", "", func(s string) string { return strings.TrimSuffix(s, "\r\n") })
	t.change("header only, cut", "", func(s string) string { return strings.TrimSuffix(s, "\r\n\r\n") }).strict = noHeader
	leading := t.change("leading blank line", "text\r\n", func(s string) string { return "\r\n" + s })
	leading.headless = true
	t.put("no final CRLF", "the end")
	t.put("many blank lines at the end", "the end\r\n\r\n\r\n\r\n")
	first := t.change("leading From_ line", "text\r\n", func(s string) string {
		return "From someone@example.org Sat Jan  1 00:00:00 2011\r\n" + s
	})
	first.strict = noHeader
	first.mbox = append([]byte(">"), first.raw...)
	t.change("leading quoted From_ line", "text\r\n", func(s string) string {
		return ">From someone@example.org Sat Jan  1 00:00:00 2011\r\n" + s
	}).strict = noHeader
	t.put("From_ lines", "text\r\n\r\nFrom now on\r\n>From quoted\r\n>>From twice\r\n\r\n"+
		"From a@b.example Mon Jan  6 00:00:00 2020\r\nSubject: inside\r\n\r\nit goes on\r\n")
}

// dots are what POP3 has to stuff.
func (t *table) dots() {
	t.put("dot lines", "text\r\n.\r\n..\r\n...\r\n.dot\r\n.\r\n")
	t.put("dot first and last", ".\r\n.")
	t.put("dots and bare LF", "text\n.\n..\n.\r\nmore\n.\n").strict = hasLF
	t.put("dots and CR", "text\r.\r\r\n.\r.\r\n")
	t.put("looks like IMAP", ")\r\nm7 OK done\r\n* BYE\r\n* 1 FETCH (BODY[] {5}\r\n+ go on\r\nm8 APPEND INBOX {3+}\r\n-ERR\r\n+OK\r\n")
}

// nested are MIME parts within parts.
func (t *table) nested() {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "Subject: level %d\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n", i)
	}
	t.put("message/rfc822 nested 1000 deep", b.String()+"the core\r\n", "MIME-Version: 1.0", "Content-Type: message/rfc822")
	b.Reset()
	for i := range 500 {
		fmt.Fprintf(&b, "--b%d\r\nContent-Type: multipart/mixed; boundary=\"b%d\"\r\n\r\n", i, i+1)
	}
	t.put("multipart nested 500 deep, never closed", b.String(), "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="b0"`)
	t.put("boundary that is none", "--\r\n--\r\n----\r\n", "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary=""`)
	t.put("base64 that is none", "====\x80\xff\r\n=\r\n", "Content-Transfer-Encoding: base64", "Content-Type: ;;;=")
}

// canonical is the form that the proof compares: any line end as
// CRLF, CRs at the very end dropped, NUL as 0x80.
func canonical(raw []byte) []byte {
	var out []byte
	for len(raw) > 0 {
		line, rest, ended := bytes.Cut(raw, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if out = append(out, line...); ended {
			out = append(out, "\r\n"...)
		}
		raw = rest
	}
	return bytes.ReplaceAll(out, []byte{0}, []byte{0x80})
}

// closed is the canonical form with a final CRLF, which some sources add.
func closed(raw []byte) []byte {
	out := canonical(raw)
	if !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, "\r\n"...)
	}
	return out
}
