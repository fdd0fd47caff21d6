package pop3

import (
	"fmt"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// stage is where in a session a server says no.
type stage int

const (
	atGreeting stage = iota
	atTLS
	atSignIn
	atCommand
)

// Error is a server that says no, or says what is no POP3.
type Error struct {
	text string
	// Code is the response code of RFC 2449 and RFC 3206, like "IN-USE"; "" if
	// the server gave none. Words are all it said after -ERR.
	Code, Words string
	permanent   bool
	signIn      bool
	wait        time.Duration
	hint        string
	elsewhere   bool
}

func (e *Error) Error() string { return e.text }

// Permanent reports whether trying again is of no use.
func (e *Error) Permanent() bool { return e.permanent }

// ServerWords are all that the server said.
func (e *Error) ServerWords() string { return e.Words }

// SignInRefused reports whether the server does not take these credentials.
func (e *Error) SignInRefused() bool { return e.signIn }

// RetryAfter is how long the server wants us to stay away.
func (e *Error) RetryAfter() time.Duration { return e.wait }

// Elsewhere reports that there is no POP3 here at all.
func (e *Error) Elsewhere() bool { return e.elsewhere }

// Hint is what the user can do.
func (e *Error) Hint() string { return e.hint }

// refusal makes the error for "-ERR words".
func refusal(at stage, what, words string) *Error {
	words = strings.TrimSpace(words)
	e := &Error{Code: code(words), Words: words}
	e.text = fmt.Sprintf("the server refused the %s: %q", what, words)
	if words == "" {
		e.text = fmt.Sprintf("the server refused the %s and did not say why", what)
	}
	switch {
	case e.Code == "IN-USE", e.Code == "" && tellsInUse(words): // RFC 2449, section 8.1.2
		e.wait = 30 * time.Second
		e.hint = "another mail program has this mailbox open: close it, or wait until it is done"
	case e.Code == "LOGIN-DELAY": // RFC 2449, section 8.1.1
		e.wait = time.Minute
		e.hint = "this server wants some minutes between two sign-ins"
	case e.Code == "SYS/TEMP": // RFC 3206, section 4
	case e.Code == "SYS/PERM":
		e.permanent, e.signIn = true, at == atSignIn
		e.hint = "the server wants its operator to look at this mailbox"
	case at == atSignIn:
		e.permanent, e.signIn = true, true
		e.hint = "check user and password, and whether POP3 is switched on for this mailbox; many providers want an app password"
	default:
		e.permanent = at != atGreeting
	}
	return e
}

// code is the response code at the start of words, in upper case.
func code(words string) string {
	if !strings.HasPrefix(words, "[") {
		return ""
	}
	inner, _, ok := strings.Cut(words[1:], "]")
	if !ok {
		return ""
	}
	return strings.ToUpper(inner)
}

// tellsInUse reads what servers without response codes say about a maildrop
// that another session holds: "-ERR maildrop already locked" (RFC 1939's own
// example), "-ERR Mailbox in use", "-ERR Unable to lock maildrop".
func tellsInUse(words string) bool {
	words = strings.ToLower(words)
	return containsAny(words, "maildrop", "mail drop", "mailbox") && containsAny(words, "lock", "in use", "busy")
}

// tellsGone reads whether a message was taken away by somebody else meanwhile:
// Dovecot says "Message 3 expunged.", RFC 1939's example is "no such message".
func tellsGone(words string) bool {
	return containsAny(strings.ToLower(words), "no such message", "no message", "expunged", "been deleted", "already deleted")
}

// tellsNotBuilt reads whether a server has never heard of a command.
func tellsNotBuilt(words string) bool {
	return containsAny(strings.ToLower(words), "unknown", "unrecogni", "not implemented", "unimplemented", "unsupported", "not supported", "invalid command")
}

func containsAny(s string, subs ...string) bool {
	for _, sub := range subs {
		if strings.Contains(s, sub) {
			return true
		}
	}
	return false
}

// refusedMessage is the error for one message that the server would not give.
func refusedMessage(command, words string) error {
	if c := code(words); c == "" && tellsGone(words) {
		return fmt.Errorf("%w: %q", transfer.ErrVanished, words)
	}
	return refusal(atCommand, command, words)
}

// outOfStep is the error for a line that cannot stand where it stands.
func outOfStep(after string, line []byte) *Error {
	return &Error{permanent: true, text: fmt.Sprintf("the server's answer to %s is no POP3: %q", after, short(line)),
		hint: "try again later; -vv shows all that is said, for the provider to look at"}
}

// noPOP3 is the error for a greeting of another kind of server.
func noPOP3(a dial.Access, line []byte) *Error {
	e := &Error{permanent: true, elsewhere: true, text: fmt.Sprintf("%s does not speak POP3 on port %d", a.Host, a.Port)}
	switch {
	case strings.HasPrefix(string(line), "* "):
		e.text, e.hint = e.text+" but IMAP", "try "+a.Instead("imap")
	case strings.HasPrefix(string(line), "220"):
		e.text, e.hint = e.text+": this port is for sending mail", "try "+a.Usual("pop3")
	default:
		e.text += fmt.Sprintf(", it greets with %q", line[:min(len(line), 60)])
	}
	return e
}

// short cuts a line for people to read.
func short(line []byte) []byte { return line[:min(len(line), 200)] }
