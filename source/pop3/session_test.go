package pop3

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

func TestSignInRefused(t *testing.T) {
	for _, tc := range []struct {
		command, reply    string
		permanent, signIn bool
		wait              time.Duration
	}{
		{"PASS", "-ERR [AUTH] Authentication failed.", true, true, 0},
		{"PASS", "-ERR invalid login, try again", true, true, 0},
		{"PASS", "-ERR", true, true, 0},
		{"USER", "-ERR no such user", true, true, 0},
		{"PASS", "-ERR account is locked", true, true, 0},
		{"PASS", "-ERR [in-use] Another session", false, false, 30 * time.Second},
		{"PASS", "-ERR maildrop already locked", false, false, 30 * time.Second},
		{"PASS", "-ERR [LOGIN-DELAY] come back later", false, false, time.Minute},
		{"PASS", "-ERR [SYS/TEMP] disk trouble", false, false, 0},
		{"PASS", "-ERR [SYS/PERM] call the operator", true, true, 0},
		{"PASS", "", true, false, 0},              // go-pop3 alone takes an empty line for success
		{"PASS", "+OKAY", true, false, 0},         // no status
		{"PASS", "* OK hello", true, false, 0},    // no status
		{"PASS", hangUp, false, false, 0},         // temporary
		{"PASS", "+OK" + hangUp, false, false, 0}, // at CAPA
	} {
		f := &fake{replies: map[string]string{tc.command: tc.reply + "\r\n"}}
		if strings.HasSuffix(tc.reply, hangUp) {
			f.replies[tc.command] = tc.reply
		}
		_, err := New(t.Context(), f.start(t))
		if err == nil {
			t.Errorf("%q: got nil, want an error", tc.reply)
			continue
		}
		p, s, w := transfer.Permanent(err), transfer.SignInRefused(err), transfer.RetryAfter(err)
		if p != tc.permanent || s != tc.signIn || w != tc.wait {
			t.Errorf("%q: got %v with permanent %v, sign-in %v, wait %v, want %v, %v, %v", tc.reply, err, p, s, w, tc.permanent, tc.signIn, tc.wait)
		}
		if words, ok := strings.CutPrefix(tc.reply, "-ERR "); ok && !strings.Contains(err.Error(), words) {
			t.Errorf("%q: got %q, want the server's words", tc.reply, err)
		}
	}
}

func TestPasswordNeverShows(t *testing.T) {
	f := &fake{replies: map[string]string{"PASS": "-ERR bad password " + secret + "\r\n"}}
	a := f.start(t)
	var lines []string
	a.Transcript = &dial.Transcript{Name: "source", Tell: func(line string) { lines = append(lines, line) }}
	_, err := New(t.Context(), a)
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v, want an error without the password", err)
	}
	all := strings.Join(lines, "\n")
	if strings.Contains(all, secret) || !strings.Contains(all, "C: USER anna") || !strings.Contains(all, "C: PASS ***") {
		t.Errorf("got the transcript %q, want USER, and PASS without the password", all)
	}
}

func TestArgumentsCannotBeCommands(t *testing.T) {
	for _, bad := range []string{"x\r\nDELE 1", "x\nDELE 1", "x\rDELE 1", "x\x00", "", strings.Repeat("x", 3000)} {
		f := &fake{}
		a := f.start(t)
		a.Password = func(context.Context) (string, error) { return bad, nil }
		if _, err := New(t.Context(), a); !transfer.SignInRefused(err) || !transfer.Permanent(err) {
			t.Errorf("password %.20q: got %v, want it refused", bad, err)
		}
		a = f.start(t)
		a.User = bad
		if _, err := New(t.Context(), a); !transfer.SignInRefused(err) {
			t.Errorf("user %.20q: got %v, want it refused", bad, err)
		}
		if heard := f.commands(); len(heard) > 0 {
			t.Errorf("%.20q: got the commands %.40q, want none", bad, heard)
		}
	}
	w := &wire{}
	for _, bad := range []string{"A\r\nB\r\n", "A", "A\r\n\r\n", "A\x00\r\n"} {
		if _, err := w.Write([]byte(bad)); err == nil {
			t.Errorf("write %q: got nil, want it refused", bad)
		}
	}
}

func TestNoPassword(t *testing.T) {
	f := &fake{}
	a := f.start(t)
	a.Password = nil
	if _, err := New(t.Context(), a); !transfer.SignInRefused(err) {
		t.Errorf("got %v, want a refused sign-in", err)
	}
	why := errors.New("keyring is shut")
	a.Password = func(context.Context) (string, error) { return "", why }
	if _, err := New(t.Context(), a); !errors.Is(err, why) {
		t.Errorf("got %v, want %v", err, why)
	}
}

func TestGreeting(t *testing.T) {
	for greeting, want := range map[string]struct {
		permanent bool
		words     string
	}{
		"* OK IMAP4rev1 ready\r\n":            {true, "but IMAPtry imap://anna@"},
		"220 mail ESMTP\r\n":                  {true, "port is for sending"},
		"-ERR too many connections\r\n":       {false, "too many connections"},
		"-ERR [SYS/PERM] closed for good\r\n": {true, "closed for good"},
		hangUp:                                {false, "hung up before"},
		"+OKAY\r\n":                           {true, `does not speak POP3`},
		strings.Repeat("x", 1<<17) + "\r\n":   {true, "more than 65536 bytes"},
	} {
		_, err := New(t.Context(), (&fake{greeting: greeting}).start(t))
		if err == nil {
			t.Errorf("%.30q: got nil, want an error", greeting)
			continue
		}
		if text := err.Error() + transfer.Hint(err); transfer.Permanent(err) != want.permanent || !strings.Contains(text, want.words) {
			t.Errorf("%.30q: got %q, permanent %v, want %q, %v", greeting, text, transfer.Permanent(err), want.words, want.permanent)
		}
	}
}

// secured is a server that offers STLS, and the access that demands it.
func secured(t *testing.T, f *fake) dial.Access {
	t.Helper()
	f.tls = &tls.Config{Certificates: []tls.Certificate{mailtest.CA().Issue(mailtest.CertGood)}}
	a := f.start(t)
	a.TLS, a.CAs = dial.StartTLS, mailtest.CA().Pool()
	return a
}

func TestSTLS(t *testing.T) {
	f := &fake{mails: mails(3), capa: ahead}
	s := signedIn(t, secured(t, f))
	if s.conn.TLS() == nil {
		t.Error("got no TLS after STLS")
	}
	if got := len(list(t, s, "")); got != 3 {
		t.Errorf("got %d messages, want 3", got)
	}
	if heard := f.commands(); heard[0] != "STLS" {
		t.Errorf("got the commands %q, want STLS first", heard)
	}
}

func TestSTLSCannotBeTalkedAway(t *testing.T) {
	for reply, want := range map[string]string{
		"-ERR no TLS here\r\n":       "no TLS here",
		"+OK go\r\n+OK injected\r\n": "in the clear after agreeing to TLS",
		"-ERR [IN-USE] later\r\n":    "later",
		"* OK\r\n":                   "STLS",
		"+OKAY\r\n":                  "is no POP3",
	} {
		f := &fake{replies: map[string]string{"STLS": reply}}
		_, err := New(t.Context(), secured(t, f))
		if err == nil || !transfer.Permanent(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, permanent %v, want %q", reply, err, transfer.Permanent(err), want)
		}
		if heard := f.commands(); !slices.Equal(heard, []string{"STLS"}) {
			t.Errorf("%q: got the commands %q, want STLS alone", reply, heard)
		}
	}
}

func TestNewIsCancelled(t *testing.T) {
	f := &fake{replies: map[string]string{"PASS": stall}}
	ctx, cancel := context.WithCancel(t.Context())
	a := f.start(t)
	a.Transcript = &dial.Transcript{Tell: func(line string) {
		if strings.Contains(line, "C: PASS") {
			cancel()
		}
	}}
	if _, err := New(ctx, a); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestCloseSaysQuit(t *testing.T) {
	f := &fake{mails: mails(5), capa: ahead}
	s := f.open(t)
	for range s.Fetch(t.Context(), transfer.Folder{}, list(t, s, "")) {
		break // four replies are owed
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: got %v, want nil", err)
	}
	if heard := f.commands(); heard[len(heard)-1] != "QUIT" {
		t.Errorf("got %q last, want QUIT", heard[len(heard)-1])
	}
	if _, err := s.Folders(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("folders after close: got %v, want net.ErrClosed", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: got %v, want nil", err)
	}
}

func TestCloseWithoutReplyToQuit(t *testing.T) {
	s := (&fake{replies: map[string]string{"QUIT": stall}}).open(t)
	done := make(chan struct{})
	go func() { s.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(2 * farewell):
		t.Error("close hangs when the server does not answer QUIT")
	}
}

func TestCloseWhileBlocked(t *testing.T) {
	f := &fake{replies: map[string]string{"STAT": stall}}
	a := f.start(t)
	asked := make(chan struct{})
	a.Transcript = &dial.Transcript{Tell: func(line string) {
		if strings.HasSuffix(line, "C: STAT") {
			close(asked)
		}
	}}
	s := signedIn(t, a)
	got := make(chan error)
	go func() {
		_, err := s.Folders(context.Background())
		got <- err
	}()
	<-asked
	s.Close()
	if err := <-got; err == nil {
		t.Error("folders while the session closes: got nil, want an error")
	}
}
