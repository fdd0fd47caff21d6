package fault

import "github.com/mailhaul/mailhaul/internal/mailtest/imapserver"

// enter is a fault of the sign-in.
func enter(say string) F { return F{On: "AUTHENTICATE", Say: say} }

// always makes a fault strike each time.
func always(f F) F {
	f.Times = Always
	return f
}

// shut is how a run ends that could not sign in.
func shut(words string) end { return end{exit: 4, nothing: true, says: words} }

// later is how a run ends that another one may finish.
func later(words string) end { return end{exit: 5, nothing: true, says: words} }

// few makes a hopeless row short.
var few = []string{"--tries", "2"}

func signInRows() []row {
	rows := []row{}
	for _, words := range []string{
		"[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
		"[AUTHORIZATIONFAILED] not allowed for this user",
		"[EXPIRED] the password has expired",
		"[PRIVACYREQUIRED] not without TLS",
		"[CONTACTADMIN] your account is locked",
		"[WEBALERT https://accounts.example.com/x] Web login required. (Failure)",
		"[ALERT] Application-specific password required",
		"[ALERT] Please log in via your web browser",
		"LOGIN failed.",
		"[NOPERM] IMAP is switched off for this mailbox",
		"[CANNOT] IMAP access is not in your plan",
		"",
	} {
		rows = append(rows,
			row{name: "sign-in: destination says NO " + words, to: faults(always(enter("NO " + words))), first: shut(words)},
			row{name: "sign-in: source says NO " + words, from: faults(always(enter("NO " + words))), first: shut(words)})
	}
	for _, words := range []string{
		"[UNAVAILABLE] Temporary authentication failure. [imap1:2019-03-15 10:00:00]",
		"[UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
		"[INUSE] the mailbox is locked by another session",
		"[ALERT] Too many simultaneous connections. (Failure)",
		"[LIMIT] LOGIN Rate limit hit.",
		"[SERVERBUG] Internal error occurred. Refer to server log for more information.",
		"[THROTTLED] try again later",
	} {
		rows = append(rows,
			row{name: "sign-in: once NO " + words, to: faults(enter("NO " + words))},
			row{name: "sign-in: for ever NO " + words, to: faults(always(enter("NO " + words))), args: few, first: later(words)})
	}
	return append(rows, oddSignInRows()...)
}

func oddSignInRows() []row {
	return []row{
		{name: "sign-in: BAD for LOGIN", to: imapserver.Options{Capabilities: lacking("AUTH=PLAIN"), Faults: []F{{On: "LOGIN", Times: Always, Say: "BAD LOGIN failed."}}},
			first: shut("LOGIN failed.")},
		{name: "sign-in: LOGINDISABLED and no other way", to: imapserver.Options{SignedOut: offering("LOGINDISABLED", "AUTH=PLAIN")},
			stays: true, first: shut("takes no password")},
		{name: "sign-in: no SASL-IR", to: imapserver.Options{Capabilities: lacking("SASL-IR")}},
		{name: "sign-in: LOGIN alone", from: imapserver.Options{Capabilities: lacking("AUTH=PLAIN", "SASL-IR")}},
		{name: "sign-in: BYE for an answer, once", to: faults(F{On: "AUTHENTICATE", Bye: "try again later"})},
		{name: "sign-in: BYE for an answer", to: faults(F{On: "AUTHENTICATE", Times: Always, Bye: "System error"}), args: few, first: later("System error")},
		{name: "sign-in: connection closed for an answer, once", from: faults(F{On: "AUTHENTICATE", Close: true})},
		{name: "sign-in: connection reset for an answer, once", from: faults(F{On: "AUTHENTICATE", Reset: true})},
		{name: "sign-in: connection closed for an answer", from: faults(F{On: "AUTHENTICATE", Times: Always, Close: true}), args: few, first: later("closed the connection")},
		{name: "sign-in: backoff asked", to: faults(enter("NO Request is throttled. Suggested Backoff Time: 700 milliseconds")), atLeast: 700e6},
		{name: "sign-in: a long backoff is not waited for", to: faults(always(enter("BAD Request is throttled. Suggested Backoff Time: 1299609 milliseconds"))),
			first: later("Suggested Backoff Time: 1299609"), atMost: 30e9},
		{name: "greeting: PREAUTH at the source", from: imapserver.Options{Greeting: "* PREAUTH come in"}, setup: func(g *rig) { g.from.Put("preauth", g.mail) }},
		{name: "greeting: BYE once", to: faults(F{On: "GREETING", Bye: "[UNAVAILABLE] Too many connections"})},
		{name: "greeting: BYE", from: faults(F{On: "GREETING", Times: Always, Bye: "overloaded"}), args: few, first: later("overloaded")},
		{name: "greeting: closed without a word, once", from: faults(F{On: "GREETING", Close: true})},
		{name: "greeting: closed without a word", to: faults(F{On: "GREETING", Times: Always, Close: true}), args: few, first: end{exit: 5, nothing: true}},
		{name: "greeting: another protocol", to: imapserver.Options{Greeting: "220 mx.example.com ESMTP"}, stays: true,
			first: end{exit: 1, nothing: true, says: "does not speak IMAP"}},
		{name: "greeting: capabilities and an alert with it", from: imapserver.Options{Greeting: "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready"}},
		{name: "capabilities: more before the sign-in than after", to: imapserver.Options{SignedOut: lacking(), Capabilities: lacking("LITERAL+", "MULTIAPPEND", "UIDPLUS", "LIST-EXTENDED", "LIST-STATUS")}},
		{name: "capabilities: fewer before the sign-in than after", to: imapserver.Options{SignedOut: []string{"IMAP4rev1", "AUTH=PLAIN"}}},
		{name: "capabilities: refused before the sign-in, once", to: faults(F{On: "CAPABILITY", Say: "NO [UNAVAILABLE] not now"})},
		{name: "capabilities: ID refused", from: faults(F{On: "ID", Times: Always, Say: "BAD unknown command"}), stays: true, second: &end{present: 8}},
		{name: "capabilities: ID answered with BYE, once", from: faults(F{On: "ID", Bye: "who are you"})},
	}
}
