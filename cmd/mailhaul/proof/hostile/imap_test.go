package hostile

import (
	"fmt"
	"strconv"
	"strings"
)

// allCaps is what the IMAP servers can.
const allCaps = "IMAP4rev1 LITERAL+ UIDPLUS NAMESPACE"

// imap is a session.
func (p *peer) imap() {
	caps := allCaps
	if p.caps != "" {
		caps = p.caps
	}
	if p.security == startTLS {
		caps += " STARTTLS"
	}
	p.act(atGreeting, "", "", func() { p.send("* OK [CAPABILITY " + caps + "] ready" + nl) })
	for {
		tag, text, letters := p.command()
		p.act("", tag, text, func() { p.answer(tag, text, caps, letters) })
	}
}

// command reads one with its literals.
func (p *peer) command() (tag, text string, letters []string) {
	line := p.line()
	for strings.HasSuffix(line, "}") {
		size, wait := strings.CutSuffix(line[strings.LastIndexByte(line, '{')+1:len(line)-1], "+")
		n, err := strconv.Atoi(size)
		if err != nil {
			break
		}
		if !wait { // no "+" was there
			p.act(atLiteral, "", "", func() { p.send("+ go on" + nl) })
		}
		letters = append(letters, p.literal(n))
		line = line[:strings.LastIndexByte(line, '{')] + "literal" + p.line()
	}
	tag, text, _ = strings.Cut(line, " ")
	return tag, text, letters
}

// answer is an honest one.
func (p *peer) answer(tag, text, caps string, letters []string) {
	verb, rest, _ := strings.Cut(strings.ToUpper(text), " ")
	switch verb {
	case "CAPABILITY":
		p.send("* CAPABILITY " + caps + nl)
	case "STARTTLS":
		p.ok(tag)
		p.secure()
		return
	case "NAMESPACE":
		p.send(`* NAMESPACE (("" "/")) NIL NIL` + nl)
	case "LIST":
		p.send(`* LIST () "/" INBOX` + nl)
		if p.on == imapDest {
			p.send(`* LIST () "/" archive` + nl)
		}
	case "STATUS":
		name := text[len("STATUS "):strings.LastIndexByte(text, '(')]
		p.send(fmt.Sprintf("* STATUS %s(MESSAGES %d UIDNEXT %d UIDVALIDITY 7)", name, p.held(), p.held()+1) + nl)
	case "EXAMINE", "SELECT":
		p.send(fmt.Sprintf("* %d EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n"+
			"* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT %d] ok\r\n", p.held(), p.held()+1))
	case "UID":
		p.uid(rest)
	case "APPEND":
		uid := p.store(letters)
		p.send(fmt.Sprintf("%s OK [APPENDUID 7 %d] done", tag, uid) + nl)
		return
	case "STORE", "EXPUNGE", "DELETE", "RENAME", "CLOSE":
		p.alter(text)
	}
	p.ok(tag)
}

func (p *peer) uid(rest string) {
	verb, rest, _ := strings.Cut(rest, " ")
	switch verb {
	case "FETCH":
		set, items, _ := strings.Cut(rest, " ")
		for i, mail := range p.all() {
			if within(set, i+1, p.held()) {
				p.send(fetched(i+1, mail, items))
			}
		}
	case "SEARCH":
		p.send("* SEARCH")
		for i := range p.all() {
			p.send(fmt.Sprintf(" %d", i+1))
		}
		p.send(nl)
	default:
		p.alter("UID " + verb)
	}
}

func fetched(uid int, mail, items string) string {
	head := fmt.Sprintf(`* %d FETCH (UID %d FLAGS (\Seen) INTERNALDATE "01-Jan-2024 10:00:00 +0000" RFC822.SIZE %d`, uid, uid, len(mail))
	header, _, _ := strings.Cut(mail, nl+nl)
	switch {
	case strings.Contains(items, "HEADER.FIELDS"):
		head += literalOf("BODY[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT TO)]", header+nl+nl)
	case strings.Contains(items, "BODY.PEEK[]"):
		head += literalOf("BODY[]", mail)
	}
	return head + ")" + nl
}

func literalOf(item, text string) string { return fmt.Sprintf(" %s {%d}\r\n%s", item, len(text), text) }

// within reports whether a UID is in a set.
func within(set string, uid, last int) bool {
	for part := range strings.SplitSeq(set, ",") {
		from, to, isRange := strings.Cut(part, ":")
		if !isRange {
			to = from
		}
		a, b := number(from, last), number(to, last)
		if min(a, b) <= uid && uid <= max(a, b) {
			return true
		}
	}
	return false
}

func number(text string, last int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return last
}

func (s *server) held() int { return len(s.all()) }

func (s *server) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mail
}

func (s *server) store(letters []string) (uid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mail = append(s.mail[:len(s.mail):len(s.mail)], letters...)
	return len(s.mail)
}

func (s *server) alter(command string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.altered = append(s.altered, command)
}
