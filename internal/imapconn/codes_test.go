package imapconn

import (
	"strings"
	"testing"
	"time"
)

func TestMarks(t *testing.T) {
	tests := []struct {
		reply string // type, then what follows
		marks string
		wait  time.Duration
	}{
		{"NO [OVERQUOTA] Quota exceeded (mailbox for user is full)", "permanent full", 0},
		{"NO Over quota", "permanent full", 0},
		{"NO [TOOBIG] too large", "permanent big", 0},
		{"NO Message too large", "permanent big", 0},
		{"NO [TRYCREATE] Mailbox doesn't exist: x", "permanent missing", 0},
		{"NO Mailbox doesn't exist: x", "permanent missing", 0},
		{"NO [ALREADYEXISTS] there", "permanent exists", 0},
		{"NO [CANNOT] Invalid name", "permanent", 0},
		{"NO [cannot] Invalid name", "permanent", 0},
		{"NO [UNAVAILABLE] UID FETCH Server error while fetching messages", "busy", 0},
		{"NO [ALERT] Too many simultaneous connections. (Failure)", "busy", 0},
		{"BAD User is authenticated but not connected.", "busy", 0},
		{"NO Request is throttled. Suggested Backoff Time: 299609 milliseconds", "busy slow", 299609 * time.Millisecond},
		{"BAD Request is throttled. Suggested Backoff Time: 5 seconds", "busy slow", 5 * time.Second},
		{"NO [LIMIT] UID FETCH Rate limit hit.", "busy slow", 0},
		{"NO [LIMIT] too many keywords", "permanent", 0},
		{"NO [LIMIT] Mailbox quota exceeded", "permanent full", 0},
		{"NO [OVERQUOTA] Account exceeded command or bandwidth limits.", "busy slow", 0},
		{"NO [QUOTAEXCEEDED] no storage left", "permanent full", 0},
		{"NO [CANNOT] Not enough disk space", "permanent full", 0},
		{"NO [NOPERM] try again later", "permanent", 0},
		{"NO [THROTTLED] slow down", "busy slow", 0},
		{"NO whatever", "", 0},
		{"BAD whatever", "", 0},
		{"BYE [OVERQUOTA] full", "", 0},
		{"BYE try again later", "busy", 0},
	}
	for _, tc := range tests {
		kind, rest, _ := strings.Cut(tc.reply, " ")
		r := reader{line: []byte(rest)}
		e := &Error{Reply: r.reply(kind)}
		var got []string
		for _, m := range []struct {
			name string
			is   bool
		}{{"permanent", e.Permanent()}, {"full", e.Full()}, {"big", e.TooBig()}, {"missing", e.Missing()}, {"exists", e.Exists()}, {"busy", e.Busy()}, {"slow", e.Throttled()}} {
			if m.is {
				got = append(got, m.name)
			}
		}
		if marks := strings.Join(got, " "); marks != tc.marks || e.RetryAfter() != tc.wait {
			t.Errorf("%q: got %q, %v, want %q, %v", tc.reply, marks, e.RetryAfter(), tc.marks, tc.wait)
		}
		if words := e.Text; words == "" || !strings.Contains(e.Error(), words) {
			t.Errorf("%q: got %q, want the server's words", tc.reply, e)
		}
	}
}

func TestSignInRefused(t *testing.T) {
	for reply, want := range map[string]bool{
		"NO":                                           true,
		"NO [AUTHENTICATIONFAILED] no":                 true,
		"NO [PRIVACYREQUIRED] not in clear":            true,
		"NO [CONTACTADMIN] locked":                     true,
		"BAD LOGIN failed.":                            true,
		"NO [UNAVAILABLE] later":                       false,
		"NO [LIMIT] LOGIN Rate limit hit.":             false,
		"BAD User is authenticated but not connected.": false,
		"BYE [UNAVAILABLE] overloaded":                 false,
	} {
		kind, rest, _ := strings.Cut(reply, " ")
		r := reader{line: []byte(rest)}
		e := &Error{Reply: r.reply(kind), SignIn: true}
		if got := e.SignInRefused(); got != want {
			t.Errorf("%q: got %v, want %v", reply, got, want)
		}
	}
}

func TestReply(t *testing.T) {
	tests := []struct{ line, code, arg, text string }{
		{"done", "", "", "done"},
		{"", "", "", ""},
		{"[APPENDUID 12 5:54,60] ok", "APPENDUID", "12 5:54,60", "ok"},
		{"[permanentflags (\\Seen x] \\*)] limited", "PERMANENTFLAGS", `(\Seen x] \*)`, "limited"},
		{"[CAPABILITY IMAP4rev1 ] x", "CAPABILITY", "IMAP4rev1", "x"},
		{"[READ-ONLY]", "READ-ONLY", "", ""},
		{"[ALERT no end", "ALERT", "no end", ""},
		{"done {5}", "", "", "done {5}"},
	}
	for _, tc := range tests {
		r := reader{line: []byte(" " + tc.line)}
		got := r.reply("OK")
		if got.Code != tc.code || got.Arg != tc.arg || got.Text != tc.text {
			t.Errorf("%q: got %+v, want %q %q %q", tc.line, got, tc.code, tc.arg, tc.text)
		}
	}
}
