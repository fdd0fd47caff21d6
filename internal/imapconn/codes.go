package imapconn

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Error is a server's refusal in its own words: a tagged NO or BAD, or the BYE
// (or alert) before it closed the connection, with Err then telling how that
// showed. Its marks are what the table of response codes and server texts in
// this file says.
type Error struct {
	Reply
	// SignIn tells that the reply answered a sign-in.
	SignIn bool
	Err    error
}

// ServerWords are all that the server said, its response code included.
func (e *Error) ServerWords() string {
	if e.Code == "" {
		return e.Text
	}
	return strings.TrimSpace("[" + strings.TrimSpace(e.Code+" "+e.Arg) + "] " + e.Text)
}

// Error quotes the server. Pass it through a filter of control characters
// before it is shown.
func (e *Error) Error() string {
	words := e.ServerWords()
	switch {
	case e.Type == "BYE":
		words = fmt.Sprintf("the server closed the connection: %q", words)
	case e.Err != nil:
		words = fmt.Sprintf("the connection ended after the server said %q", words)
	case words == "":
		return "the server answered " + e.Type
	default:
		words = fmt.Sprintf("the server answered %s %q", e.Type, words)
	}
	return words
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// mark is what a refusal means for us.
type mark uint8

const (
	markPermanent mark = 1 << iota // the same command will be refused again
	markBusy                       // the server has trouble of its own: try later
	markSlow                       // we ask for too much of it: no folder or message is to blame
	markAccess                     // user name or password are wrong
	markFull                       // no room left
	markTooBig                     // this message is too large
	markMissing                    // the folder is not there
	markExists                     // the folder is there
)

// codeMarks holds the response codes of RFC 3501, 4469, 5530, 6154, 7889, 9738
// and those that large providers add.
var codeMarks = map[string]mark{
	"ALREADYEXISTS":        markExists | markPermanent,
	"AUTHENTICATIONFAILED": markAccess | markPermanent,
	"AUTHORIZATIONFAILED":  markAccess | markPermanent,
	"CANNOT":               markPermanent,
	"CLIENTBUG":            markPermanent,
	"CONTACTADMIN":         markPermanent,
	"EXPIRED":              markAccess | markPermanent,
	"INUSE":                markBusy,
	"LIMIT":                markPermanent,
	"NONEXISTENT":          markMissing | markPermanent,
	"NOPERM":               markPermanent,
	"OVERQUOTA":            markFull | markPermanent,
	"PRIVACYREQUIRED":      markPermanent,
	"QUOTAEXCEEDED":        markFull | markPermanent,
	"SERVERBUG":            markBusy,
	"THROTTLED":            markBusy | markSlow,
	"TOOBIG":               markTooBig | markPermanent,
	"TRYCREATE":            markMissing | markPermanent,
	"UNAVAILABLE":          markBusy,
	"USEATTR":              markPermanent,
	"WEBALERT":             markAccess | markPermanent, // Gmail: sign in with the browser first
}

// vague are codes that tell little: where the words tell more, they count. Yahoo
// says "NO [LIMIT] UID FETCH Rate limit hit."
var vague = map[string]bool{"ALERT": true, "CANNOT": true, "LIMIT": true}

// textMarks holds words of servers that send no code or a vague one, in lower
// case. Words of throttling count with any code: Gmail says "NO [OVERQUOTA]
// Account exceeded command or bandwidth limits."
var textMarks = []struct {
	words string
	mark  mark
}{
	{"too many simultaneous connections", markBusy},        // Gmail: NO [ALERT]
	{"maximum number of connections", markBusy},            // Dovecot
	{"user is authenticated but not connected", markBusy},  // Microsoft: too many connections
	{"throttled", markBusy | markSlow},                     // Microsoft
	{"backoff time", markBusy | markSlow},                  // Microsoft
	{"rate limit", markBusy | markSlow},                    // Yahoo
	{"bandwidth limit", markBusy | markSlow},               // Gmail
	{"temporary", markBusy},                                //
	{"try again later", markBusy},                          //
	{"internal error occurred", markBusy},                  // Dovecot
	{"over quota", markFull | markPermanent},               //
	{"quota exceeded", markFull | markPermanent},           // Dovecot
	{"quotaexceeded", markFull | markPermanent},            // Microsoft
	{"mailbox is full", markFull | markPermanent},          //
	{"storage limit", markFull | markPermanent},            //
	{"not enough disk space", markFull | markPermanent},    //
	{"disk full", markFull | markPermanent},                //
	{"message too large", markTooBig | markPermanent},      //
	{"message too big", markTooBig | markPermanent},        // Zimbra
	{"maximum message size", markTooBig | markPermanent},   // Gmail, Cyrus
	{"maximum size exceeded", markTooBig | markPermanent},  //
	{"mailbox doesn't exist", markMissing | markPermanent}, // Dovecot
	{"folder already exists", markExists | markPermanent},  // Microsoft
	{"mailbox already exists", markExists | markPermanent}, // Dovecot, Cyrus
}

// Refusal is err as the server's refusal of one command, after which the session
// goes on. It is nil if the connection is at fault, or if the server has trouble
// of its own and may do the same later.
func Refusal(err error) *Error {
	var e *Error
	if !errors.As(err, &e) || e.Type == "BYE" || e.Err != nil || e.Busy() || e.RetryAfter() > 0 {
		return nil
	}
	return e
}

// marks are what the code says, else what the words say.
func (e *Error) marks() mark {
	m := codeMarks[e.Code]
	if words := wordMarks(e.Text); words != 0 && (m == 0 || vague[e.Code] || words&markSlow != 0) {
		m = words
	}
	if e.SignIn && m == 0 && e.Type != "BYE" {
		m = markAccess | markPermanent
	}
	if e.Type == "BYE" || e.Err != nil { // a lost connection, whatever the words
		m &= markBusy | markSlow | markAccess
	}
	return m
}

// wordMarks are those of the first words that are known.
func wordMarks(text string) mark {
	text = strings.ToLower(text)
	for _, t := range textMarks {
		if strings.Contains(text, t.words) {
			return t.mark
		}
	}
	return 0
}

var backoff = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)backoff time: *(\d{1,9}) *(milliseconds|ms|seconds|s)?`)
})

// RetryAfter is how long the server asked us to stay away, 0 if it did not.
// Microsoft: "NO Request is throttled. Suggested Backoff Time: 299609 milliseconds".
func (e *Error) RetryAfter() time.Duration {
	found := backoff().FindStringSubmatch(e.Text)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1]) // nine digits fit
	if strings.HasPrefix(strings.ToLower(found[2]), "s") {
		return time.Duration(n) * time.Second
	}
	return time.Duration(n) * time.Millisecond
}

// Permanent reports whether trying again is of no use.
func (e *Error) Permanent() bool { return e.marks()&markPermanent != 0 }

// Busy reports whether the server has trouble of its own: a later try can help.
func (e *Error) Busy() bool { return e.marks()&markBusy != 0 }

// Throttled reports whether the server wants us to ask for less: no folder or
// message is to blame.
func (e *Error) Throttled() bool { return e.marks()&markSlow != 0 || e.RetryAfter() > 0 }

// SignInRefused reports whether the server does not let us in, be it for who we
// are or for another reason that will last.
func (e *Error) SignInRefused() bool { return e.SignIn && e.marks()&(markAccess|markPermanent) != 0 }

// Full reports whether there is no room left.
func (e *Error) Full() bool { return e.marks()&markFull != 0 }

// TooBig reports whether this message was too large.
func (e *Error) TooBig() bool { return e.marks()&markTooBig != 0 }

// Missing reports whether the folder is not there.
func (e *Error) Missing() bool { return e.marks()&markMissing != 0 }

// Exists reports whether the folder is there already.
func (e *Error) Exists() bool { return e.marks()&markExists != 0 }

// refusal is an error of our own making, with marks.
type refusal struct {
	text, hint string
	signIn     bool
	elsewhere  bool // no IMAP here at all
	err        error
}

func (e *refusal) Error() string       { return e.text }
func (e *refusal) Unwrap() error       { return e.err }
func (e *refusal) Permanent() bool     { return true }
func (e *refusal) Hint() string        { return e.hint }
func (e *refusal) Elsewhere() bool     { return e.elsewhere }
func (e *refusal) SignInRefused() bool { return e.signIn }
