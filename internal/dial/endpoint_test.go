package dial

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseEndpoint(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want Endpoint
		text string // "" means the same as in
	}{
		{"imaps://anna@imap.example.org", Endpoint{"imaps", "anna", "imap.example.org", 993, "", Implicit}, ""},
		{"imaps://anna@IMAP.Example.org.:993/", Endpoint{"imaps", "anna", "imap.example.org", 993, "", Implicit}, "imaps://anna@imap.example.org"},
		{"IMAP://anna@h:1143", Endpoint{"imap", "anna", "h", 1143, "", StartTLS}, "imap://anna@h:1143"},
		{"imap://anna@localhost?tls=none", Endpoint{"imap", "anna", "localhost", 143, "", None}, ""},
		{"pop3s://anna@example.org@pop.h", Endpoint{"pop3s", "anna@example.org", "pop.h", 995, "", Implicit}, ""},
		{"pop3://Anna@h/?tls=none", Endpoint{"pop3", "Anna", "h", 110, "", None}, "pop3://Anna@h?tls=none"},
		{"pop3s://recent:anna@gmail.com@pop.gmail.com", Endpoint{"pop3s", "recent:anna@gmail.com", "pop.gmail.com", 995, "", Implicit}, "pop3s://recent%3Aanna@gmail.com@pop.gmail.com"},
		{"imaps://a%3Ab%25%20c@h", Endpoint{"imaps", "a:b% c", "h", 993, "", Implicit}, ""},
		{"imaps://dom/anna+x@h", Endpoint{"imaps", "dom/anna+x", "h", 993, "", Implicit}, "imaps://dom%2Fanna+x@h"},
		{"imaps://a%40b@h", Endpoint{"imaps", "a@b", "h", 993, "", Implicit}, "imaps://a@b@h"},
		{"imaps://a@[::1]", Endpoint{"imaps", "a", "::1", 993, "", Implicit}, ""},
		{"imaps://a@[0:0::1]:1993", Endpoint{"imaps", "a", "::1", 1993, "", Implicit}, "imaps://a@[::1]:1993"},
		{"mbox:/a/../b c?x#y%41@z:w", Endpoint{Scheme: "mbox", Path: "/b c?x#y%41@z:w"}, "mbox:/b c?x#y%41@z:w"},
		{"maildir:///a/b/", Endpoint{Scheme: "maildir", Path: "/a/b"}, "maildir:/a/b"},
	} {
		got, err := ParseEndpoint(tc.in)
		if err != nil || got != tc.want {
			t.Errorf("ParseEndpoint(%q): got %+v, %v, want %+v", tc.in, got, err, tc.want)
			continue
		}
		want := tc.text
		if want == "" {
			want = tc.in
		}
		if got.String() != want {
			t.Errorf("String of %q: got %q, want %q", tc.in, got.String(), want)
		}
	}
}

func TestRelativePathsBecomeAbsolute(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"mbox:old/mail": filepath.Join(wd, "old/mail"),
		"mbox:~/mail":   filepath.Join(dir, "mail"),
	} {
		got, err := ParseEndpoint(in)
		if err != nil || got.Path != want {
			t.Errorf("ParseEndpoint(%q): got %q, %v, want %q", in, got.Path, err, want)
		}
	}
}

func TestBareAddress(t *testing.T) {
	got, err := ParseEndpoint("Alice@Gmail.COM")
	want := Endpoint{User: "Alice@gmail.com", Host: "gmail.com"}
	if !errors.Is(err, ErrBareAddress) || got != want {
		t.Errorf("got %+v, %v, want %+v, %v", got, err, want, ErrBareAddress)
	}
	if got.String() != "Alice@gmail.com" {
		t.Errorf("String: got %q, want the address", got.String())
	}
}

func TestBadEndpoints(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "not an endpoint",
		"alice":                      "not an endpoint",
		"@h":                         "not an endpoint",
		"a@":                         "no domain",
		"u8101@localhost:35993":      "with the port 35993, write imaps://u8101@localhost:35993",
		"a@h:x":                      "not an endpoint",
		"http://u@h":                 "unknown kind",
		"imaps:u@h":                  "there must be //",
		"imaps://h":                  "no user",
		"imaps://@h":                 "no user",
		"imaps://u@":                 "host is missing",
		"imaps://u@h/INBOX":          "--folder",
		"imaps://u@h:":               "1 to 65535",
		"imaps://u@h:0":              "1 to 65535",
		"imaps://u@h:65536":          "1 to 65535",
		"imaps://u@::1":              "host is missing",
		"imaps://u@[127.0.0.1]":      "IPv6",
		"imaps://u@[::1":             "IPv6",
		"imaps://u@[::1]x":           "only be a port",
		"imaps://u@h?tls=none":       "write imap://",
		"imap://u@h?tls=no":          "unknown parameter",
		"imap://u@h?":                "unknown parameter",
		"imap://u@h?tls=none&x=1":    "unknown parameter",
		"imap://h?x=u@h":             "%3F",
		"imap://a%0d%0aDELE@h":       "control",
		"imap://a%ff@h":              "UTF-8",
		"imap://anna%example.org@h2": "%25",
		"mbox:":                      "needs a path",
		"mbox://x":                   "without //",
	} {
		_, err := ParseEndpoint(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseEndpoint(%q): got %v, want %q", in, err, want)
		}
	}
}

func TestPasswordIsNeverRepeated(t *testing.T) {
	for _, in := range []string{
		"imaps://anna:hunter2@h", "imaps://anna:hunter2@x@h", "imaps://anna:h?hunter2@h", "imaps://anna:a/hunter2@h",
		"anna:hunter2@h", "imaps://anna:%hunter2@h", "imaps://anna:hunter2", "imaps://anna@h:hunter2",
		"smtp://anna:hunter2@h", "imaps:anna:hunter2@h", "imap://anna@h?password=hunter2",
	} {
		e, err := ParseEndpoint(in)
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(e.String(), "hunter2") {
			t.Errorf("ParseEndpoint(%q): got %v, %v, want an error without the password", in, e, err)
		}
	}
	if _, err := ParseEndpoint("imaps://anna:hunter2@h"); !errors.Is(err, ErrPassword) {
		t.Errorf("got %v, want %v", err, ErrPassword)
	}
}

func FuzzEndpoint(f *testing.F) {
	for _, s := range []string{
		"imaps://a@b:1", "imap://a%40b@[::1]?tls=none", "mbox:x", "maildir:~/x", "a@b.c", "pop3://a:b@c", "pop3s://a@[fe80::1%e]:995",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEndpoint(s)
		if err != nil {
			return
		}
		again, err := ParseEndpoint(e.String())
		if err != nil || again != e {
			t.Errorf("ParseEndpoint(%q) = %+v, whose String %q gives %+v, %v", s, e, e.String(), again, err)
		}
	})
}
