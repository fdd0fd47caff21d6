package sasl

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// fakeWire plays a server that answers each line by a script.
type fakeWire struct {
	said []string // what the client said, decoded where it is base64
	// answer is asked for each line: more true is a challenge, not yet in base64.
	answer func(n int, mechanism, line string) (text string, more bool, err error)

	name string
	line string
	n    int
}

func (w *fakeWire) Begin(mechanism, initial string) error {
	w.name, w.n = mechanism, 0
	w.said = append(w.said, strings.TrimSpace(mechanism+" "+plainOf(initial)))
	w.line = plainOf(initial)
	return nil
}

func (w *fakeWire) Answer(line string) error {
	w.line = plainOf(line)
	w.said = append(w.said, w.line)
	return nil
}

func (w *fakeWire) Challenge() (string, bool, error) {
	text, more, err := w.answer(w.n, w.name, w.line)
	w.n++
	return base64.StdEncoding.EncodeToString([]byte(text)), more, err
}

func (w *fakeWire) Command(user, password string) error {
	w.said = append(w.said, "LOGIN command "+user+" "+password)
	_, _, err := w.answer(0, "", user+" "+password)
	return err
}

// plainOf decodes base64; "*" and "=" stay.
func plainOf(line string) string {
	text, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		return line
	}
	return strings.NewReplacer("\x00", "|", "\x01", "^").Replace(string(text))
}

var errNo = errors.New("NO")

// questions answers with them one after the other and then lets the client in.
func questions(texts ...string) func(int, string, string) (string, bool, error) {
	return func(n int, _, _ string) (string, bool, error) {
		if n < len(texts) {
			return texts[n], true, nil
		}
		return "", false, nil
	}
}

// no refuses the mechanisms and lets in by all others.
func no(mechanisms ...string) func(int, string, string) (string, bool, error) {
	return func(n int, name, _ string) (string, bool, error) {
		for _, m := range mechanisms {
			if m == name {
				return "", false, &Refused{Err: errNo}
			}
		}
		return "", false, nil
	}
}

func word(text string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return text, nil }
}

func anna() Login {
	return Login{Host: "mail.example", User: "anna", Password: word("pä ss"), Clear: true}
}

func signInTo(t *testing.T, l Login, o Offer, w *fakeWire) error {
	t.Helper()
	return SignIn(t.Context(), l, o, w)
}
