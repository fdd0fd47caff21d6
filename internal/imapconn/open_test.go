package imapconn

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
)

func TestOpenSignsIn(t *testing.T) {
	const password = `se"cr\et`
	tests := []struct {
		name, caps, password string
		want                 []string // the commands the server gets
	}{
		{"in one go", "AUTH=PLAIN SASL-IR", password, []string{"AUTHENTICATE PLAIN AGFubmEAc2UiY3JcZXQ="}},
		{"LOGIN, quoted", "AUTH=PLAIN", password, []string{`LOGIN "anna" "se\"cr\\et"`}},
		{"LOGIN with a literal", "", "gehäim", []string{"LOGIN \"anna\" {7}gehäim"}},
		{"LOGIN with a literal that waits for nobody", "LITERAL+", "gehäim", []string{"LOGIN \"anna\" {7+}gehäim"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			a := serve(t, "* OK hello", func(command string) string {
				if strings.HasPrefix(command, "CAPABILITY") {
					return "* CAPABILITY IMAP4rev1 " + tc.caps + "\r\n"
				}
				got = append(got, command)
				return "$ OK [CAPABILITY IMAP4rev1 IMAP4rev2 UIDPLUS] in\r\n"
			})
			a.Password = func(context.Context) (string, error) { return tc.password, nil }
			var transcript []string
			a.Transcript = &dial.Transcript{Tell: func(line string) { transcript = append(transcript, line) }}
			c, err := Open(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if !slices.Equal(got, tc.want) {
				t.Errorf("got commands %q, want %q", got, tc.want)
			}
			if !c.Caps.Has("UIDPLUS") || c.Caps.Has("LITERAL+") || c.Caps.Has("IMAP4REV2") {
				t.Errorf("got capabilities %v, want only those told after the sign-in", c.Caps)
			}
			all := strings.Join(transcript, "\n")
			if strings.Contains(all, tc.password) || strings.Contains(all, "AGFub") || !strings.Contains(all, " ***") {
				t.Errorf("got transcript %q, want no password in it", all)
			}
		})
	}
}

// What was told before the sign-in does not count.
func TestOpenAsksAgainAfterTheSignIn(t *testing.T) {
	signedIn := false
	c, err := Open(t.Context(), serve(t, "* OK [CAPABILITY IMAP4rev1 LITERAL+] hello", func(command string) string {
		if strings.HasPrefix(command, "LOGIN") {
			signedIn = true
			return "$ OK in\r\n"
		}
		if signedIn {
			return "* CAPABILITY IMAP4rev1 UIDPLUS\r\n"
		}
		return "$ BAD what\r\n"
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !c.Caps.Has("UIDPLUS") || c.Caps.NoWait(1) {
		t.Errorf("got %v, want the later list alone", c.Caps)
	}
}

func TestOpenAuthenticatesInTwoSteps(t *testing.T) {
	var got []string
	a := serve(t, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED] hello", func(command string) string {
		got = append(got, command)
		if len(got) == 1 {
			return "+ \r\n" + noTag
		}
		return "$ OK [CAPABILITY IMAP4rev1] in\r\n"
	})
	c, err := Open(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if len(got) != 2 || got[0] != "AUTHENTICATE PLAIN" || got[1] != "" {
		t.Errorf("got %q, want AUTHENTICATE and its answer in two lines", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		name, greeting    string
		mode              dial.Mode
		say               answers
		words             string
		permanent, signIn bool
	}{
		{"BYE", "* BYE too many connections", dial.None, nil, "too many connections", false, false},
		{"no IMAP", "220 smtp.example.org ESMTP", dial.None, nil, "does not speak IMAP", true, false},
		{"PREAUTH before TLS", "* PREAUTH come in", dial.StartTLS, nil, "before TLS", true, false},
		{"no STARTTLS", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello", dial.StartTLS, nil, "does not offer to encrypt (STARTTLS)", true, false},
		{"STARTTLS refused", "* OK [CAPABILITY IMAP4rev1 STARTTLS] hello", dial.StartTLS,
			always(map[string]string{"STARTTLS": "$ NO not today\r\n"}), "not today", true, false},
		{"no way in", "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2] hello", dial.None, nil, "AUTH=XOAUTH2", true, true},
		{"wrong password", "* OK [CAPABILITY IMAP4rev1] hello", dial.None,
			always(map[string]string{"LOGIN": "$ NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"}), "Invalid credentials", true, true},
		{"wrong password without a code", "* OK [CAPABILITY IMAP4rev1] hello", dial.None,
			always(map[string]string{"LOGIN": "$ NO Login failed\r\n"}), "Login failed", true, true},
		{"busy at the sign-in", "* OK [CAPABILITY IMAP4rev1] hello", dial.None,
			always(map[string]string{"LOGIN": "$ NO [UNAVAILABLE] Temporary trouble\r\n"}), "Temporary trouble", false, false},
		{"hangs up at the sign-in", "* OK [CAPABILITY IMAP4rev1] hello", dial.None,
			func(string) string { return "" }, "closed the connection", false, false},
		{"BYE at the sign-in", "* OK [CAPABILITY IMAP4rev1] hello", dial.None,
			always(map[string]string{"LOGIN": "* BYE go away $\r\n"}), "go away", false, false},
		{"only IMAP4rev2", "* PREAUTH [CAPABILITY IMAP4rev2] hello", dial.None, nil, "only IMAP4rev2", true, false},
		{"only UTF-8", "* PREAUTH [CAPABILITY IMAP4rev1 UTF8=ONLY] hello", dial.None, nil, "UTF8=ONLY", true, false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			say := tc.say
			if say == nil {
				say = always(nil)
			}
			a := serve(t, tc.greeting, say)
			a.TLS = tc.mode
			a.Timeout /= 20
			c, err := Open(t.Context(), a)
			if err == nil {
				c.Close()
				t.Fatal("got in")
			}
			if !strings.Contains(err.Error(), tc.words) {
				t.Errorf("got %q, want %q in it", err, tc.words)
			}
			if strings.Contains(err.Error(), `se"cr`) {
				t.Errorf("got the password in %q", err)
			}
			var p interface{ Permanent() bool }
			if got := errors.As(err, &p) && p.Permanent(); got != tc.permanent {
				t.Errorf("permanent: got %v, want %v for %q", got, tc.permanent, err)
			}
			var s interface{ SignInRefused() bool }
			if got := errors.As(err, &s) && s.SignInRefused(); got != tc.signIn {
				t.Errorf("sign-in refused: got %v, want %v for %q", got, tc.signIn, err)
			}
		})
	}
}

// A run that ends because a destination is full cuts off those who are signing
// in, and its reason must not pass for theirs.
func TestOpenCutOffIsNoRefusedSignIn(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	full := &Error{Reply: Reply{Type: "NO", Code: "OVERQUOTA"}}
	_, err := Open(ctx, serve(t, "* OK [CAPABILITY IMAP4rev1] hello", func(command string) string {
		cancel(full)
		return silence
	}))
	var e *Error
	if !errors.As(err, &e) || e != full || full.SignIn || full.SignInRefused() {
		t.Errorf("got %v, sign-in refused %v, want the cause as it was", err, full.SignIn)
	}
}

// Compression is asked for where it is wanted and offered; a server that says no
// is talked to as before.
func TestOpenWithoutCompression(t *testing.T) {
	for _, tc := range []struct {
		caps  string
		mode  dial.Compression
		asked bool
	}{
		{"COMPRESS=DEFLATE", dial.CompressOn, true},
		{"COMPRESS=DEFLATE", dial.CompressAuto, false}, // this machine is near
		{"COMPRESS=DEFLATE", dial.CompressOff, false},
		{"UIDPLUS", dial.CompressOn, false},
	} {
		asked := false
		a := serve(t, "* OK [CAPABILITY IMAP4rev1] hello", func(command string) string {
			switch {
			case strings.HasPrefix(command, "LOGIN"):
				return "$ OK [CAPABILITY IMAP4rev1 " + tc.caps + "] in\r\n"
			case command == "COMPRESS DEFLATE":
				asked = true
				return "$ NO [COMPRESSIONACTIVE] not here\r\n"
			}
			return "$ OK done\r\n"
		})
		a.Compress = tc.mode
		c, err := Open(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(c.Queue("NOOP")); err != nil || asked != tc.asked {
			t.Errorf("%+v: asked: %v, then %v", tc, asked, err)
		}
		c.Close()
	}
}
