package mailtest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
)

const rfc5322 = "Mon, 2 Jan 2006 15:04:05 -0700"

var words = strings.Fields(`the of and to in that it was for on are as with they be at one have this from by
	hot but some what there we can out other were all your when up use word how said an each she which do
	their time if will way about many then them would write like so these her long make thing see him two
	has look more day could go come did my sound no most number who over know water than call first`)

var phrases = []string{
	"Grüße aus München, schöne Straße.", "Ça va très bien, déjà vu à Noël.", "日本語のメッセージ本文です。",
	"Привет, как дела сегодня?", "Καλημέρα κόσμε.", "😀 žluťoučký kůň",
}

// message makes an ordinary message of about size bytes, in one of the shapes
// that mail programs give it.
func (w *writer) message(size int) []byte {
	var b bytes.Buffer
	when := w.date().Format(rfc5322)
	for hop := range 1 + w.rand.Intn(4) {
		fmt.Fprintf(&b, "Received: from mx%d.example.org (mx%d.example.org [192.0.2.%d])\r\n\tby store.example.net with ESMTPS id %X\r\n\tfor <user@example.net>; %s\r\n",
			hop, hop, w.rand.Intn(255), w.rand.Uint64(), when)
	}
	fmt.Fprintf(&b, "From: =?UTF-8?B?TcO8bGxlcg==?= <user%d@example.org>\r\nTo: User <user@example.net>\r\nDate: %s\r\n", w.rand.Intn(500), when)
	fmt.Fprintf(&b, "Subject: %s\r\nMessage-ID: %s\r\nMIME-Version: 1.0\r\n", mime.QEncoding.Encode("utf-8", w.subject()), w.messageID())
	rest := max(size-b.Len(), 100)
	switch kind := w.rand.Intn(10); {
	case kind < 2 || size > small:
		w.attachment(&b, rest)
	case kind < 5:
		w.alternative(&b, rest)
	case kind < 6:
		w.forwarded(&b, rest)
	case kind < 8:
		b.WriteString("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
		b.WriteString(w.foreign(rest))
	default:
		b.WriteString("Content-Type: text/plain; charset=us-ascii\r\n\r\n")
		b.WriteString(w.text(rest))
	}
	return b.Bytes()
}

func (w *writer) messageID() string {
	return fmt.Sprintf("<%d.%d.%x@mail%d.example.org>", w.seed, w.number, w.rand.Uint32(), w.rand.Intn(20))
}

func (w *writer) subject() string {
	if w.rand.Intn(4) == 0 {
		return phrases[w.rand.Intn(len(phrases))]
	}
	return fmt.Sprintf("Re: %s %s %d", words[w.rand.Intn(len(words))], words[w.rand.Intn(len(words))], w.number)
}

func (w *writer) boundary() string { return fmt.Sprintf("=_%x", w.rand.Uint64()) }

// attachment is a text with a base64 file of about size bytes.
func (w *writer) attachment(b *bytes.Buffer, size int) {
	mark := w.boundary()
	fmt.Fprintf(b, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\nThis is a multi-part message in MIME format.\r\n--%s\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\n\r\n%s--%s\r\n"+
		"Content-Type: application/pdf; name*=UTF-8''%%E2%%82%%AC.pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n",
		mark, mark, w.foreign(100), mark)
	raw := make([]byte, max(size-400, 60)*57/78)
	w.rand.Read(raw)
	for len(raw) > 0 {
		n := min(57, len(raw))
		b.WriteString(base64.StdEncoding.EncodeToString(raw[:n]) + "\r\n")
		raw = raw[n:]
	}
	fmt.Fprintf(b, "--%s--\r\n", mark)
}

// alternative is the same in quoted-printable text and in HTML.
func (w *writer) alternative(b *bytes.Buffer, size int) {
	mark := w.boundary()
	fmt.Fprintf(b, "Content-Type: multipart/alternative;\r\n\tboundary=\"%s\"\r\n\r\n--%s\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", mark, mark)
	q := quotedprintable.NewWriter(b)
	_, _ = q.Write([]byte(w.foreign(size / 6)))
	_ = q.Close()
	fmt.Fprintf(b, "\r\n--%s\r\nContent-Type: text/html\r\n\r\n<html><body>%s</body></html>\r\n--%s--\r\n", mark, w.text(size/2), mark)
}

// forwarded holds a message in a message.
func (w *writer) forwarded(b *bytes.Buffer, size int) {
	mark := w.boundary()
	fmt.Fprintf(b, "Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\nContent-Type: message/rfc822\r\n\r\n"+
		"From: inner@example.org\r\nSubject: inner\r\nMessage-ID: <inner.%d@example.org>\r\n\r\n%s\r\n--%s--\r\n",
		`"`+mark+`"`, mark, w.number, w.text(size), mark)
}

// text is size bytes or a little more of ASCII words in lines.
func (w *writer) text(size int) string { return w.lines(size, words) }

// foreign is the same in many scripts, as 8-bit text.
func (w *writer) foreign(size int) string { return w.lines(size, phrases) }

func (w *writer) lines(size int, from []string) string {
	var b strings.Builder
	for column := 0; b.Len() < size; {
		word := from[w.rand.Intn(len(from))]
		b.WriteString(word)
		if column += len(word) + 1; column > 68 {
			b.WriteString("\r\n")
			column = 0
			continue
		}
		b.WriteByte(' ')
	}
	b.WriteString("\r\n")
	return b.String()
}
