package imapconn

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
)

func TestTellReply(t *testing.T) {
	for _, tc := range []struct{ line, want string }{
		{"* OK [ALERT] full soon", "* OK [ALERT] full soon"},
		{"* ok still here", "* ok still here"},
		{`* LIST (\Sent) "/" "Gesendete Objekte"`, `* LIST (\Sent) "/" "Gesendete Objekte"`},
		{"* SEARCH 1 2 3", "* SEARCH 1 2 3"},
		{"* 12 EXISTS", "* 12 EXISTS"},
		{"m4 NO [TRYCREATE] no such folder", "m4 NO [TRYCREATE] no such folder"},
		{"+ go on", "+ go on"},
		{"", ""},
		{"* 1 FETCH (UID 7 FLAGS (\\Seen $X) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 44 MODSEQ (12) BODY[] {4711}",
			"* 1 FETCH (UID 7 FLAGS (\\Seen $X) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 44 MODSEQ (12) BODY[] {4711}"},
		{"* 1 FETCH (UID 7)", "* 1 FETCH (UID 7)"},

		// What is mail, or may be.
		{`* 1 FETCH (UID 7 BODY[] "Subject: Zebra" FLAGS ())`, "* 1 FETCH (UID 7 {33 bytes}"},
		{`* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] "Zebra")`, "* 1 FETCH ({38 bytes}"},
		{`* 1 FETCH (BODY[] Zebra)`, "* 1 FETCH ({13 bytes}"},
		{`* 1 FETCH (ENVELOPE (NIL "Zebra"))`, "* 1 FETCH ({23 bytes}"},
		{`* 1 FETCH (Zebra {12}`, "* 1 FETCH ({10 bytes}"},
		{`* 1 FETCH (INTERNALDATE "Zebras live in the savannah of Africa")`, "* 1 FETCH ({53 bytes}"},
		{`* 1 FETCH (UID "Zebra Zebra Zebra Zebra Zebra")`, "* 1 FETCH ({36 bytes}"},
		{`* 1 FETCH (FLAGS ("Zebra"))`, "* 1 FETCH ({16 bytes}"},
		{"* Zebra", "* {5 bytes}"},
		{"* 12 Zebra", "* {8 bytes}"},
		{"Subject: Zebra", "{14 bytes}"},
		{"mother: Zebra", "{13 bytes}"},
		{"m1 Zebra", "{8 bytes}"},
	} {
		if got := tellReply([]byte(tc.line), false); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.line, got, tc.want)
		}
	}
	if got := tellReply([]byte("+ eyJzdGF0dXMiOiI0MDAifQ=="), true); got != "+ ***" {
		t.Errorf("a challenge while signing in: got %q, want it masked", got)
	}
}

func FuzzTellReply(f *testing.F) {
	f.Add("UID 7 ", ")")
	f.Add(`FLAGS (\Seen) INTERNALDATE "17-Jul-1996 02:44:25 -0700" `, " {12}")
	f.Add(`UID "`, `" UID "7`)
	f.Add(`FLAGS (`, `))`)
	f.Add(`x\"`, `\`)
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, head := range []string{"* 1 FETCH (", ""} {
			if head == "" && strings.Contains(before, " ") {
				continue // the words of some reply, which are told
			}
			line := head + before + `BODY[TEXT] "Zebra"` + after
			if got := tellReply([]byte(line), false); strings.Contains(got, "Zebra") {
				t.Errorf("%q: got %q, want no text of a message", line, got)
			}
		}
		_ = tellReply([]byte(before+after), true)
	})
}

// listener is a transcript in memory.
func listener(a *dial.Access) func() string {
	var lines []string
	a.Transcript = &dial.Transcript{Name: "source", Tell: func(line string) { lines = append(lines, line) }}
	return func() string { return strings.Join(lines, "\n") + "\n" }
}

// fromOne numbers the tags of a transcript from 1 on.
func fromOne(text string) string {
	numbers := make(map[string]string)
	return regexp.MustCompile(`\bm\d+\b`).ReplaceAllStringFunc(text, func(tag string) string {
		if numbers[tag] == "" {
			numbers[tag] = fmt.Sprintf("m%d", len(numbers)+1)
		}
		return numbers[tag]
	})
}

const zebra = "Subject: Zebra\r\n\r\nZebra\r\n"

// A server that repeats the password in all it says, and mail in every form.
func TestTranscriptHoldsNoSecretAndNoMail(t *testing.T) {
	const password = `correct "horse" battery`
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	echo := "[ALERT] you sent " + password + " or " + b64(password) + " or " + b64("\x00anna\x00"+password) + " or " + b64("LOGIN anna "+password+"!")
	for _, tc := range []struct{ name, caps, signIn string }{
		{"in one go", "AUTH=PLAIN SASL-IR", "C: m2 AUTHENTICATE PLAIN ***\n"},
		{"in two steps", "AUTH=PLAIN LOGINDISABLED", "C: m2 AUTHENTICATE PLAIN\nsource 1 S: + ***\nsource 1 C: ***\n"},
		{"LOGIN", "", "C: m2 LOGIN ***\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := serve(t, "* OK hello", func(command string) string {
				verb, _, _ := strings.Cut(command, " ")
				switch {
				case strings.HasPrefix(command, "CAPABILITY"):
					return "* CAPABILITY IMAP4rev1 " + tc.caps + "\r\n"
				case command == "AUTHENTICATE PLAIN":
					return "+ " + b64(password) + "\r\n" + noTag
				case verb == "AUTHENTICATE", verb == "LOGIN", command == "": // the second step has no tag
					return "* OK " + echo + "\r\n$ OK [CAPABILITY IMAP4rev1 LITERAL+] " + echo + "\r\n"
				case strings.HasPrefix(command, "UID FETCH"):
					return "* 1 FETCH (UID 1 BODY[] {25}\r\n" + zebra + " FLAGS (\\Seen))\r\n* 2 FETCH (UID 2 BODY[] \"Zebra\")\r\n" +
						"* 3 FETCH (UID 3 BODY[] {5}\r\nZebra, and more of Zebra)\r\nZebra\r\n* Zebra\r\n"
				}
				return "$ NO " + echo + "\r\n"
			})
			a.Password = func(context.Context) (string, error) { return password, nil }
			told := listener(&a)
			c, err := Open(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.Wait(c.QueueFetch("1:3", "(UID BODY.PEEK[])", func(*Item) {}))
			var p Pending
			c.Start(&p, []byte(`APPEND "INBOX" `))
			c.Literal(int64(len(zebra)))
			c.Body(strings.NewReader(zebra), int64(len(zebra)))
			c.End()
			err = c.Wait(&p)
			all := fromOne(told())
			for _, secret := range []string{password, "horse", b64(password), b64("\x00anna\x00" + password), "Zebra"} {
				if strings.Contains(all, secret) {
					t.Errorf("got %q in the transcript:\n%s", secret, all)
				}
				if err == nil || strings.Contains(err.Error(), secret) {
					t.Errorf("got %v, want a refusal without %q", err, secret)
				}
			}
			for _, line := range []string{
				tc.signIn, "C: m1 CAPABILITY\n", "S: * CAPABILITY IMAP4rev1", "C: m3 UID FETCH 1:3 (UID BODY.PEEK[])\n",
				"S: * 1 FETCH (UID 1 BODY[] {25}\n", "S: {25 bytes} FLAGS (\\Seen))\n", "S: m3 OK done\n",
				"C: m4 APPEND \"INBOX\" {25+}\n", "C: {25 bytes}\n", "S: m4 NO [ALERT] you sent *** or *** or",
			} {
				if !strings.Contains(all, "source 1 "+line) {
					t.Errorf("got no %q in the transcript:\n%s", line, all)
				}
			}
		})
	}
}

func TestAlertsAreToldWherever(t *testing.T) {
	a := serve(t, "* OK [ALERT] one", func(command string) string {
		switch verb, _, _ := strings.Cut(command, " "); verb {
		case "CAPABILITY":
			return "* NO [alert] two\r\n"
		case "LOGIN":
			return "$ OK [ALERT] three, " + `se"cr\et` + "\r\n"
		case "NOOP":
			return "$ NO [ALERT] four\r\n"
		}
		return "* BYE [ALERT] five\r\n" + hangUp
	})
	var got []string
	a.Alert = func(text string) { got = append(got, text) }
	c, err := Open(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Do(t.Context(), "NOOP")
	err = c.Do(t.Context(), "LOGOUT")
	want := []string{"one", "two", "three, ***", "two", "four", "five"}
	if !slices.Equal(got, want) {
		t.Errorf("got alerts %q, want %q", got, want)
	}
	if err == nil || !strings.Contains(err.Error(), `the server closed the connection: "[ALERT] five"`) {
		t.Errorf("got %v, want the words of the BYE", err)
	}
}

// What a server says before it hangs up stands in the error, wherever it says it.
func TestByeStandsInTheError(t *testing.T) {
	const words = `[UNAVAILABLE] shutting down for the night`
	bye := "* BYE " + words + "\r\n"
	tests := []struct{ name, at, answer string }{
		{"at the sign-in", "LOGIN", bye + hangUp},
		{"instead of a reply", "NOOP", bye + hangUp},
		{"after a part of the replies", "NOOP", "* 1 EXISTS\r\n" + bye + hangUp},
		{"between alerts", "NOOP", "* OK [ALERT] one\r\n" + bye + "* OK [ALERT] two\r\n" + hangUp},
		{"with half a line behind it", "NOOP", bye + "* 1 EXI" + hangUp},
		{"before half a message", "NOOP", bye + "* 1 FETCH (BODY[] {100}\r\nabc" + hangUp},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			c, err := Open(t.Context(), serve(t, "* OK [CAPABILITY IMAP4rev1] hello", func(command string) string {
				if strings.HasPrefix(command, tc.at) {
					return tc.answer
				}
				return "$ OK [CAPABILITY IMAP4rev1] fine\r\n"
			}))
			if err == nil {
				defer c.Close()
				err = c.Do(t.Context(), "NOOP")
			}
			var e *Error
			if !errors.As(err, &e) || e.Type != "BYE" || !strings.Contains(err.Error(), words) {
				t.Errorf("got %v, want the words of the BYE", err)
			}
			if e.Permanent() {
				t.Errorf("got %v marked permanent, want it to pass", err)
			}
		})
	}
}

// A server that hangs up while we write has said why.
func TestByeWhileWriting(t *testing.T) {
	a := serve(t, "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hello", func(command string) string {
		return "* BYE too much mail for today\r\n" + hangUp
	})
	c, err := Open(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	first := c.Queue("NOOP")
	c.Flush()
	var p Pending
	c.Start(&p, []byte(`APPEND "INBOX" `))
	c.Literal(32 << 20)
	c.Body(strings.NewReader(strings.Repeat("x", 32<<20)), 32<<20)
	c.End()
	if err := c.Wait(&p); err == nil || !strings.Contains(err.Error(), "too much mail for today") {
		t.Errorf("got %v after %v, want the words of the BYE", err, first.Reply)
	}
}
