package mailtest

import (
	"bytes"
	"fmt"
	"strings"
)

// oddity makes m a message that is odd in one way. mails are those before it.
type oddity func(w *writer, m *Mail, mails []Mail)

// oddities are what old mailboxes hold and tools trip over.
func oddities(o CorpusOptions) []oddity {
	list := []oddity{
		withoutMessageID, doubledMessageID, twin, twinAgain, duplicate, strangeMessageID,
		rawUTF8Header, latin1Header, longHeader, bigHeader, noDate, badDate,
		headerOnly, emptyBody, leadingBlankLine, noFinalLineEnd, onlyText,
		longLine, loneDots, fromLines, fromLineFirst, looksLikeIMAP, controls, trailingBlankLines,
	}
	if !o.CRLF {
		list = append(list, bareLF, mixedLineEnds)
	}
	if o.NUL {
		list = append(list, withNUL)
	}
	return list
}

// letter puts a message of these header lines and this body into m. The lines
// stand after those that every message has.
func (w *writer) letter(m *Mail, body string, lines ...string) {
	head := fmt.Sprintf("Received: from mx.example.org by store.example.net id %x;\r\n\t%s\r\n"+
		"From: Ann Example <ann%d@example.org>\r\nTo: User <user@example.net>\r\n",
		w.rand.Uint64(), m.Date.Format(rfc5322), w.rand.Intn(500))
	m.Bytes = []byte(head + strings.Join(lines, "\r\n") + "\r\n\r\n" + body)
}

// usual are the headers of a letter that is odd elsewhere.
func (w *writer) usual(m *Mail) []string {
	return []string{"Date: " + m.Date.Format(rfc5322), fmt.Sprintf("Subject: odd %d", w.number), "Message-ID: " + w.messageID()}
}

func withoutMessageID(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "no Message-ID\r\n", "Date: "+m.Date.Format(rfc5322), "Subject: Lunch?")
}

func doubledMessageID(w *writer, m *Mail, _ []Mail) {
	w.letter(m, w.text(400), "Date: "+m.Date.Format(rfc5322), "Subject: one of several", "Message-ID: <always-the-same@example.org>")
}

// twin has the headers of all its twins in its folder, and as many bytes.
func twin(w *writer, m *Mail, _ []Mail) {
	m.Folder = []string{"INBOX"}
	m.Bytes = fmt.Appendf(nil, "From: robot@example.org\r\nTo: user@example.net\r\nDate: Tue, 1 Mar 2016 10:00:00 +0000\r\n"+
		"Subject: nightly\r\nMessage-ID: <nightly@example.org>\r\n\r\nthe figure is %010d\r\n", w.number)
}

// twinAgain has the twins' headers and another size.
func twinAgain(w *writer, m *Mail, mails []Mail) {
	twin(w, m, mails)
	m.Bytes = append(m.Bytes, "and it is final\r\n"...)
}

// duplicate is the message before once more, to the byte.
func duplicate(w *writer, m *Mail, mails []Mail) {
	if len(mails) == 0 {
		twin(w, m, mails)
		return
	}
	*m = mails[len(mails)-1]
}

func strangeMessageID(w *writer, m *Mail, _ []Mail) {
	w.letter(m, w.text(300), "Date: "+m.Date.Format(rfc5322), "Subject: strange", "Message-Id:", " not an id at all", "Message-ID: "+w.messageID())
}

func rawUTF8Header(w *writer, m *Mail, _ []Mail) {
	w.letter(m, w.text(300), append(w.usual(m), "X-Subject: Grüße, 日本語, Привет")...)
	m.Bytes = bytes.Replace(m.Bytes, []byte("Ann Example"), []byte("Jürgen Müller"), 1)
}

func latin1Header(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "Stra\xdfe\r\n", "Date: "+m.Date.Format(rfc5322), "Subject: Gr\xfc\xdfe aus K\xf6ln", "Message-ID: "+w.messageID())
}

func longHeader(w *writer, m *Mail, _ []Mail) {
	w.letter(m, w.text(300), append(w.usual(m), "X-Long: "+strings.Repeat("very long unfolded ", 400))...)
}

func bigHeader(w *writer, m *Mail, _ []Mail) {
	w.letter(m, w.text(300), append(w.usual(m), "X-Big: "+strings.Repeat("0123456789abcdef\r\n ", 1700)+"end")...)
}

func noDate(w *writer, m *Mail, _ []Mail) {
	w.letter(m, w.text(300), "Subject: undated", "Message-ID: "+w.messageID())
}

func badDate(w *writer, m *Mail, _ []Mail) {
	w.letter(m, w.text(300), "Date: Yesterday, in the afternoon", "Subject: ill dated", "Message-ID: "+w.messageID())
}

// headerOnly has no blank line either.
func headerOnly(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "", w.usual(m)...)
	m.Bytes = bytes.TrimSuffix(m.Bytes, []byte("\r\n"))
}

func emptyBody(w *writer, m *Mail, _ []Mail) { w.letter(m, "", w.usual(m)...) }

func leadingBlankLine(w *writer, m *Mail, _ []Mail) {
	w.letter(m, w.text(300), w.usual(m)...)
	m.Bytes = append([]byte("\r\n"), m.Bytes...)
}

func noFinalLineEnd(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "the end has no line end", w.usual(m)...)
}

// onlyText has no header at all.
func onlyText(w *writer, m *Mail, _ []Mail) {
	m.Bytes = fmt.Appendf(nil, "this is no message %d\r\n%s", w.number, w.text(200))
}

func longLine(w *writer, m *Mail, _ []Mail) {
	w.letter(m, strings.Repeat("0123456789", 7<<10)+"\r\nafter it\r\n", w.usual(m)...)
}

func loneDots(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "text\r\n.\r\n..\r\n.dot first\r\n...\r\n.\r\n", w.usual(m)...)
}

func fromLines(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "text\r\n\r\nFrom now on\r\n>From quoted\r\n>>From twice\r\n\r\nFrom a@b.example Mon Jan  6 00:00:00 2020\r\nit goes on\r\n", w.usual(m)...)
}

func fromLineFirst(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "an mbox line stands at the top\r\n", w.usual(m)...)
	m.Bytes = append([]byte("From someone@example.org Sat Jan  1 00:00:00 2011\r\n"), m.Bytes...)
}

func looksLikeIMAP(w *writer, m *Mail, _ []Mail) {
	w.letter(m, ")\r\nA1 OK done\r\n* 1 FETCH (FLAGS ())\r\n+ go on\r\n{5}\r\nA2 APPEND INBOX {3+}\r\n* BYE\r\n", w.usual(m)...)
}

func controls(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "a \t \r\n\x0c\x0b\x1b[0m\x7f\xa0\xff\xfe \r\nlone \r CR\r\n", w.usual(m)...)
}

func trailingBlankLines(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "text\r\n\r\n\r\n\r\n", w.usual(m)...)
}

func bareLF(w *writer, m *Mail, _ []Mail) {
	w.letter(m, w.text(500), w.usual(m)...)
	m.Bytes = bytes.ReplaceAll(m.Bytes, []byte("\r\n"), []byte("\n"))
}

func mixedLineEnds(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "one\r\ntwo\nthree\r\nfour\n\nsix\r\n", w.usual(m)...)
}

func withNUL(w *writer, m *Mail, _ []Mail) {
	w.letter(m, "a NUL \x00 and \x00\x00 two\r\n", w.usual(m)...)
}
