package credential

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
)

func TestSecretShowsItselfNowhere(t *testing.T) {
	const text = "hunter2"
	s := New(text)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "in", struct{ S Secret }{s})
	inJSON, err := json.Marshal(map[string]any{"s": s, "p": &s, "in": struct{ S Secret }{s}})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(inJSON)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T%v"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, struct{ S Secret }{s}))
	}
	for _, out := range shown {
		if strings.Contains(out, text) || strings.Contains(out, fmt.Sprintf("%x", text)) {
			t.Errorf("the secret shows itself in %q", out)
		}
	}
	if s.Reveal() != text {
		t.Errorf("Reveal: got %q, want %q", s.Reveal(), text)
	}
}

func TestGet(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	private := write(t, dir, "private", "from file\r\nsecond line\n", 0o600)
	public := write(t, dir, "public", "from file\n", 0o644)
	group := write(t, dir, "group", "from file\n", 0o620)
	empty := write(t, dir, "empty", "\nsecond\n", 0o600)
	asker := Asker{
		Environ: []string{"OLD_PW=from env", "EMPTY=", "MAILHAUL_SOURCE_PASSWORD=ours", "PATH=" + os.Getenv("PATH")},
		Hide:    []string{"OLD_PW"},
		Talk:    &bytes.Buffer{},
		Advice:  "set MAILHAUL_DEST_PASSWORD",
	}
	tests := []struct {
		name string
		way  Way
		want string
		err  string
	}{
		{name: "env", way: Way{Env: "OLD_PW"}, want: "from env"},
		{name: "env unset", way: Way{Env: "NEW_PW"}, err: "NEW_PW is not set"},
		{name: "env empty", way: Way{Env: "EMPTY"}, err: "EMPTY is not set"},
		{name: "command", way: Way{Command: "printf 'from command\\nmore\\n'"}, want: "from command"},
		{name: "command keeps blanks", way: Way{Command: "printf ' a b '"}, want: " a b "},
		{name: "command fails", way: Way{Command: "echo hunter2; exit 3"}, err: "exit status 3"},
		{name: "command is silent", way: Way{Command: "true"}, err: "it is empty"},
		{name: "command sees no secret of ours", way: Way{Command: "echo x$MAILHAUL_SOURCE_PASSWORD$OLD_PW"}, want: "x"},
		{name: "talkative command", way: Way{Command: "echo first; head -c 200000 /dev/zero"}, want: "first"},
		{name: "file", way: Way{File: private}, want: "from file"},
		{name: "file that others read", way: Way{File: public}, err: "public (mode 0644)"},
		{name: "file that the group writes", way: Way{File: group}, err: "group (mode 0620)"},
		{name: "file with an empty line", way: Way{File: empty}, err: "is empty"},
		{name: "file missing", way: Way{File: filepath.Join(dir, "none")}, err: "reading the password file"},
		{name: "folder", way: Way{File: dir}, err: "is a folder"},
		{name: "prompt without terminal", way: Way{Prompt: true}, err: "nobody can be asked"},
		{name: "no way", way: Way{}, err: "nothing says where"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, err := asker.Get(t.Context(), tc.way, "anna@host")
			if tc.err == "" && (err != nil || got.Reveal() != tc.want) {
				t.Errorf("got %q, %v, want %q", got.Reveal(), err, tc.want)
			}
			if tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
				t.Errorf("got error %v, want %q in it", err, tc.err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error repeats the secret: %v", err)
			}
		})
	}
}

func TestPromptAdvice(t *testing.T) {
	_, err := Asker{Advice: "set X"}.Get(t.Context(), Way{Prompt: true}, "anna@host")
	var e *Error
	if !errors.As(err, &e) || e.Hint() != "set X" || !errors.Is(err, ErrNoInput) {
		t.Errorf("got %v, want ErrNoInput with the hint %q", err, "set X")
	}
}

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	if err := keyring.Set(Service, "anna@host", "from keyring"); err != nil {
		t.Fatal(err)
	}
	if got, err := (Asker{}).Get(t.Context(), Way{Keyring: true}, "anna@host"); err != nil || got.Reveal() != "from keyring" {
		t.Errorf("got %q, %v, want %q", got.Reveal(), err, "from keyring")
	}
	if _, err := (Asker{}).Get(t.Context(), Way{Keyring: true}, "bob@host"); !errors.Is(err, ErrNotKept) {
		t.Errorf("got %v, want %v", err, ErrNotKept)
	}
	keyring.MockInitWithError(errors.New("no bus"))
	_, err := (Asker{}).Get(t.Context(), Way{Keyring: true}, "anna@host")
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "does not answer: no bus") || e.Hint() == "" {
		t.Errorf("got %v, want an error with a hint", err)
	}
}

func unixOnly(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("file modes and sh are those of Unix")
	}
}

func write(t *testing.T, dir, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}
