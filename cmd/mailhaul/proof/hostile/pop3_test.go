package hostile

import (
	"fmt"
	"strings"
)

// pop3 is a session.
func (p *peer) pop3() {
	p.act(atGreeting, "", "", func() { p.send("+OK ready" + nl) })
	for {
		text := p.line()
		p.act("", "", text, func() { p.popAnswer(text) })
	}
}

// popAnswer is an honest one.
func (p *peer) popAnswer(text string) {
	verb, arg, _ := strings.Cut(strings.ToUpper(text), " ")
	switch verb {
	case "CAPA":
		p.send("+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n")
	case "STLS":
		p.send("+OK" + nl)
		p.secure()
	case "STAT":
		p.send(fmt.Sprintf("+OK %d %d", p.held(), len(strings.Join(p.all(), ""))) + nl)
	case "UIDL", "LIST":
		p.send("+OK" + nl)
		for i, mail := range p.all() {
			if verb == "LIST" {
				p.send(fmt.Sprintf("%d %d", i+1, len(mail)) + nl)
			} else {
				p.send(fmt.Sprintf("%d uidl-%[1]d", i+1) + nl)
			}
		}
		p.send("." + nl)
	case "RETR", "TOP":
		number, _, _ := strings.Cut(arg, " ")
		for i, mail := range p.all() {
			if number == fmt.Sprint(i+1) {
				p.send("+OK" + nl + strings.ReplaceAll(mail, nl+".", nl+"..") + "." + nl)
			}
		}
	case "DELE":
		p.alter(text)
		p.send("+OK" + nl)
	default:
		p.send("+OK" + nl)
	}
}
