package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/source/pop3"
)

// What is offered at an error is what helps there: a key can be pinned only where
// one was shown, and a file vouches only for what nobody else vouches for.
func TestWaysOn(t *testing.T) {
	shown := &x509.Certificate{}
	for _, tc := range []struct {
		why        error
		file, pin  bool
		otherUsers bool
	}{
		{&dial.Error{Kind: dial.Certificate, Shown: shown, Unvouched: true}, true, true, false},
		{&dial.Error{Kind: dial.Certificate, Shown: shown}, false, true, false}, // run out, or of another name
		{&dial.Error{Kind: dial.Certificate}, false, false, true},               // another key than the pinned one
		{&dial.Error{Kind: dial.NoTLS}, false, false, true},
		{&dial.Error{Kind: dial.Injected}, false, false, true},
		{errors.New("no"), false, false, true},
	} {
		s := &setupSide{}
		s.Host = "imap.old.example"
		got := s.ways(fmt.Errorf("server: %w", tc.why), exitError)
		for way, want := range map[string]bool{doFile: tc.file, doPin: tc.pin, doUser: tc.otherUsers, doAgain: true, doAddress: true, doGiveUp: true} {
			if slices.Contains(got, way) != want {
				t.Errorf("%+v: got %q, want %q: %v", tc.why, got, way, want)
			}
		}
		if got[0] == doPin {
			t.Errorf("%+v: Enter alone trusts the key", tc.why)
		}
	}
}

// Enter alone does what helps.
func TestFirstWay(t *testing.T) {
	for _, tc := range []struct {
		why  error
		code int
		want string
	}{
		{errors.New("refused"), exitSignIn, doPassword},
		{&dial.Error{Kind: dial.UnknownHost}, exitTemporary, doAddress},
		{&dial.Error{Kind: dial.Refused}, exitTemporary, doAddress},
		{&dial.Error{Kind: dial.NoTLS}, exitError, doAddress},
		{&pop3.Error{}, exitError, doAgain},
		{&dial.Error{Kind: dial.Lost}, exitTemporary, doAgain},
	} {
		s := &setupSide{}
		s.Host = "imap.old.example"
		if got := s.ways(tc.why, tc.code); got[0] != tc.want {
			t.Errorf("%+v: got %q, want %q first", tc.why, got, tc.want)
		}
	}
}

func TestFilePath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of Unix")
	}
	t.Setenv("HOME", "/home/anna")
	for _, tc := range []struct{ in, want string }{{"/a/b.crt", "/a/b.crt"}, {"'/a/b c.crt'", "/a/b c.crt"}, {"~/b.crt", "/home/anna/b.crt"}} {
		if got, err := filePath(tc.in); filepath.ToSlash(got) != tc.want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", tc.in, got, err, tc.want)
		}
	}
	if got, err := filePath("b.crt"); !filepath.IsAbs(got) || err != nil {
		t.Errorf("got %q, %v, want it absolute", got, err)
	}
}
