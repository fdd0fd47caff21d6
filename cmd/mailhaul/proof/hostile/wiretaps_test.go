package hostile

import (
	"encoding/base64"
	"strings"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// wiretaps stand between us and TLS: no credential may leave.
func wiretaps() []attack {
	const stripped = "* OK [CAPABILITY " + allCaps + " AUTH=PLAIN] ready\r\n"
	// Ways to sign in that do not show the password give the one who listens enough to
	// try passwords at home.
	asks := func(p *peer, tag, _ string) {
		p.send("+ " + base64.StdEncoding.EncodeToString([]byte(challenge)) + nl)
		p.line()
		p.send(tag + " NO no" + nl)
	}
	const hashed = "* OK [CAPABILITY " + allCaps + " AUTH=CRAM-MD5 AUTH=SCRAM-SHA-256] ready\r\n"
	bare := play{atGreeting: raw(stripped), "CAPABILITY": say("* CAPABILITY " + allCaps + " AUTH=PLAIN")}
	rows := []attack{
		{name: "STARTTLS is not offered", on: imapSource, security: startTLS, play: bare},
		{name: "STARTTLS is not offered", on: imapDest, security: startTLS, play: bare},
		{name: "STARTTLS is not offered, CRAM-MD5 and SCRAM are", on: imapSource, security: startTLS,
			play: play{atGreeting: raw(hashed), "CAPABILITY": say("* CAPABILITY " + allCaps + " AUTH=CRAM-MD5 AUTH=SCRAM-SHA-256"), "AUTHENTICATE": asks}},
		{name: "STARTTLS is refused, CRAM-MD5 and SCRAM are offered", on: imapDest, security: startTLS, caps: allCaps + " AUTH=CRAM-MD5 AUTH=SCRAM-SHA-256",
			play: play{"STARTTLS": raw("$ NO no TLS today\r\n"), "AUTHENTICATE": asks}},
		{name: "STLS is not offered, APOP is", on: pop3Source, security: startTLS, play: play{
			atGreeting: raw("+OK ready " + challenge + "\r\n"), "STLS": raw("-ERR unknown\r\n"), "CAPA": raw("+OK\r\nUIDL\r\nSASL CRAM-MD5\r\n.\r\n"),
			"AUTH": func(p *peer, _, _ string) { asks(p, "-ERR", "") }}},
		{name: "STARTTLS is refused", on: imapSource, security: startTLS, play: play{"STARTTLS": raw("$ NO no TLS today\r\n")}},
		{name: "STARTTLS is agreed to and not spoken", on: imapSource, security: startTLS, play: play{"STARTTLS": hangUp("$ OK go\r\n")}},
		{name: "STARTTLS is answered in the clear", on: imapSource, security: startTLS, play: play{"STARTTLS": raw("$ OK go\r\n* OK in the clear\r\n")}},
		{name: "PREAUTH before STARTTLS", on: imapSource, security: startTLS, play: play{atGreeting: raw("* PREAUTH [CAPABILITY " + allCaps + " STARTTLS] hello\r\n")}},
		{name: "PREAUTH before STARTTLS", on: imapDest, security: startTLS, play: play{atGreeting: raw("* PREAUTH [CAPABILITY " + allCaps + " STARTTLS] hello\r\n")}},
		{name: "replies injected behind STARTTLS", on: imapSource, security: startTLS, play: play{"STARTTLS": func(p *peer, tag, _ string) {
			p.send(tag + " OK go\r\nm2 OK [CAPABILITY IMAP4rev1 LITERAL+] injected\r\nm3 OK injected\r\n")
			p.secure()
		}}},
		{name: "the OK to STARTTLS before it is asked for", on: imapSource, security: startTLS, play: play{atGreeting: raw(
			"* OK [CAPABILITY " + allCaps + " STARTTLS] ready\r\nm1 OK go\r\n")}, arrives: 2, fine: true}, // nobody can guess our tags
		{name: "capabilities from before TLS", on: imapSource, security: startTLS, play: play{
			"STARTTLS":   func(p *peer, tag, _ string) { p.ok(tag); p.secure() },
			"CAPABILITY": capsByTLS("IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR", "IMAP4rev1 LOGINDISABLED"),
			atGreeting:   raw("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR] ready\r\n"),
		}},
		{name: "LOGINDISABLED", on: imapSource, security: startTLS, caps: allCaps + " LOGINDISABLED"},
		{name: "a server that wants the password in the clear", on: imapSource, security: startTLS, play: play{
			"STARTTLS": raw("$ BAD LOGIN first\r\n"), "CAPABILITY": say("* CAPABILITY " + allCaps + " STARTTLS AUTH=PLAIN")}},

		{name: "STLS is refused", on: pop3Source, security: startTLS, play: play{"STLS": raw("-ERR no TLS today\r\n")}},
		{name: "STLS is agreed to and not spoken", on: pop3Source, security: startTLS, play: play{"STLS": raw("+OK go\r\n+OK hello\r\n")}},
		{name: "replies injected behind STLS", on: pop3Source, security: startTLS, play: play{"STLS": func(p *peer, _, _ string) {
			p.send("+OK go\r\n+OK injected\r\n+OK injected\r\n")
			p.secure()
		}}},
		{name: "the OK to STLS before it is asked for", on: pop3Source, security: startTLS, play: play{atGreeting: raw("+OK ready\r\n+OK go\r\n")}},
	}
	for _, on := range []victim{imapSource, imapDest, pop3Source} {
		for _, security := range []security{startTLS, implicitTLS} {
			how := map[bool]string{true: "TLS asked for", false: "TLS from the start"}[security == startTLS]
			for _, kind := range []mailtest.CertKind{mailtest.CertExpired, mailtest.CertWrongName, mailtest.CertSelfSigned} {
				rows = append(rows, attack{name: how + ", certificate " + string(kind), on: on, security: security, cert: kind})
			}
			rows = append(rows, attack{name: how + ", certificate of a stranger", on: on, security: security, stranger: true})
		}
	}
	return rows
}

// hangUp says that and goes.
func hangUp(text string) func(*peer, string, string) {
	return func(p *peer, tag, _ string) {
		p.send(withTag(text, tag))
		panic(gone{})
	}
}

// capsByTLS answers other capabilities once TLS is on.
func capsByTLS(before, after string) func(*peer, string, string) {
	return func(p *peer, tag, _ string) {
		caps := before
		if p.tls {
			caps = after
		}
		p.send("* CAPABILITY " + strings.TrimSpace(caps) + nl)
		p.ok(tag)
	}
}
