package hostile

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// secret is the password; it stands in nothing else.
const secret = `Zq9"credential\7`

// attacks chooses the rows: all of them take minutes.
var attacks = flag.String("attacks", "some", "some (every fourth) or full")

// score counts what was withstood.
type score struct {
	mu          sync.Mutex
	rows, stood int
	peak        int64
	peakName    string
}

func TestAttacks(t *testing.T) {
	proof.Program(t) // building it must not count
	// A program's peak is at least that of the process which has started it.
	debug.SetMemoryLimit(memory / 4)
	var s score
	slots := make(chan struct{}, 4)
	t.Run("table", func(t *testing.T) {
		for i, a := range table() {
			if *attacks != "full" && i%4 != 0 {
				continue
			}
			t.Run(a.on.String()+"/"+a.name, func(t *testing.T) {
				t.Parallel()
				slots <- struct{}{}
				defer func() { <-slots }()
				peak := int64(0)
				if a.stands {
					stand(t, a)
				} else {
					peak = withstand(t, a)
				}
				s.add(t, peak)
			})
		}
	})
	t.Logf("%d of %d attacks withstood, peak %d MiB (%s)", s.stood, s.rows, s.peak>>20, s.peakName)
}

func (s *score) add(t *testing.T, peak int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows++
	if !t.Failed() {
		s.stood++
	}
	if peak > s.peak {
		s.peak, s.peakName = peak, t.Name()
	}
}

// withstand lets the program run into the attack, and answers the most memory it used.
func withstand(t *testing.T, a attack) (peak int64) {
	w := newWar(t, a)
	log := filepath.Join(w.home, "log")
	loud := "-v"
	if a.texts {
		loud = "-vv"
	}
	end := w.run("copy", append([]string{"--json", loud, "--tries", "1", "--log-file", log}, w.ends...)...)
	w.judge(end)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Error(err)
	}
	w.clean("log file", string(text))
	peak = end.Peak
	status := w.run("status", "-v")
	peak = max(peak, status.Peak)
	if status.Exit != 0 {
		t.Errorf("got exit %d from status, want 0: %q", status.Exit, status.Stderr)
	}
	if !a.texts {
		return peak
	}
	again := newWar(t, a)
	again.judge(again.run("copy", append([]string{"-v", "--tries", "1"}, again.ends...)...))
	again.run("status")
	if a.on != pop3Source {
		end := newWar(t, a)
		end.run("check", "-vv", end.hostileEnd)
	}
	return peak
}

// war is one run of the program between a hostile server and an honest one.
type war struct {
	t               *testing.T
	a               attack
	hostile, honest *server
	home            string
	ends            []string
	hostileEnd      string
}

func newWar(t *testing.T, a attack) *war {
	t.Helper()
	w := &war{t: t, a: a, home: t.TempDir()}
	mail := a.mail
	if a.on == imapDest {
		letters := a.letters
		if letters == nil {
			letters = twoMessages
		}
		w.hostile = start(t, a, mail)
		w.hostileEnd = w.hostile.endpoint()
		box := filepath.Join(w.home, "archive.mbox")
		if err := os.WriteFile(box, mbox(letters), 0o600); err != nil {
			t.Fatal(err)
		}
		w.ends = []string{"mbox:" + box, w.hostileEnd}
		return w
	}
	if mail == nil {
		mail = twoMessages
	}
	w.hostile, w.honest = start(t, a, mail), start(t, attack{}, nil)
	w.hostileEnd = w.hostile.endpoint()
	w.ends = []string{w.hostileEnd, w.honest.endpoint()}
	return w
}

// endpoint is how the user writes the server.
func (s *server) endpoint() string {
	scheme := "imap"
	if s.on == pop3Source {
		scheme = "pop3"
	}
	switch s.security {
	case implicitTLS:
		return scheme + "s://anna@" + s.addr
	case startTLS:
		return scheme + "://anna@" + s.addr
	}
	return scheme + "://anna@" + s.addr + "?tls=none"
}

func (w *war) run(command string, args ...string) proof.End {
	w.t.Helper()
	all := append([]string{command}, args...)
	if command != "status" {
		all = append(all, "--no-input", "--ca-file", mailtest.CA().File(w.t))
	}
	end := proof.Command{
		Args: all, Home: w.home, Limit: 2 * endurance,
		Env: []string{"MAILHAUL_SOURCE_PASSWORD=" + secret, "MAILHAUL_DEST_PASSWORD=" + secret},
	}.Run(w.t)
	w.clean("stdout of "+command, end.Stdout)
	w.clean("stderr of "+command, end.Stderr)
	return end
}

// judge looks at the end of a copy.
func (w *war) judge(end proof.End) {
	t, a := w.t, w.a
	t.Helper()
	t.Logf("exit %d in %v, peak %d MiB: %s", end.Exit, end.Took.Round(1e6), end.Peak>>20, lastError(end))
	switch {
	case end.Exit == 0 && !a.fine:
		t.Errorf("got exit 0, want another: stdout %q", tail(end.Stdout))
	case end.Exit < 0, end.Exit == 2, strings.Contains(end.Stderr, "goroutine "):
		t.Errorf("got exit %d, want an end in order: stderr %q", end.Exit, tail(end.Stderr))
	}
	if end.Took > endurance || w.hostile.endured {
		t.Errorf("got an end after %v, want one within %v", end.Took, endurance)
	}
	if end.Peak > memory {
		t.Errorf("got a peak of %d MiB, want at most %d", end.Peak>>20, memory>>20)
	}
	if w.honest != nil {
		w.arrived()
	}
	if a.security != clearText {
		if form := leaked(w.hostile.heard()); form != "" {
			t.Errorf("got the password without TLS as %q", form)
		}
	}
	w.files()
}

// arrived looks at the honest destination.
func (w *war) arrived() {
	held := w.honest.held()
	if held > w.a.arrives || w.a.fine && held != w.a.arrives {
		w.t.Errorf("got %d messages at the destination, want %d", held, w.a.arrives)
	}
	if w.honest.altered != nil || w.hostile.altered != nil {
		w.t.Errorf("got %q at the destination and %q at the source, want nothing altered", w.honest.altered, w.hostile.altered)
	}
}

// files looks for what does not belong into the user's folder.
func (w *war) files() {
	entries, err := os.ReadDir(w.home)
	if err != nil {
		w.t.Error(err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{"state", "config", "log", "archive.mbox"}, e.Name()) {
			w.t.Errorf("got a file %q, want none", e.Name())
		}
	}
}

// clean looks for characters that do more than stand there, and for the password.
func (w *war) clean(what, text string) {
	w.t.Helper()
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); harmful(r) || r == utf8.RuneError && size == 1 {
			w.t.Errorf("got %q in the %s: %q", r, what, text[max(0, i-60):min(len(text), i+60)])
			break
		}
	}
	if form := leaked(text); form != "" {
		w.t.Errorf("got the password as %q in the %s", form, what)
	}
}

// harmful is a list of its own: C0 but the line end, DEL, C1, everything that
// turns text around, hides in it or ends a line.
func harmful(r rune) bool {
	switch {
	case r == '\n':
		return false
	case r < 0x20, 0x7f <= r && r < 0xa0, r == 0xad, r == 0x61c, r == 0x180e, r == 0xfeff:
		return true
	}
	for _, part := range [][2]rune{{0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}} {
		if part[0] <= r && r <= part[1] {
			return true
		}
	}
	return false
}

func tail(text string) string { return text[max(0, len(text)-600):] }

// lastError is the first line of complaint.
func lastError(end proof.End) string {
	_, words, _ := strings.Cut(end.Stderr, "mailhaul: error: ")
	words, _, _ = strings.Cut(words, "\n")
	return words[:min(len(words), 220)]
}

// twoMessages are what honest mail looks like.
var twoMessages = []string{message(1), message(2)}

func message(n int) string {
	return fmt.Sprintf("From: anna@example.org\r\nTo: ben@example.org\r\nSubject: message %d\r\n"+
		"Date: Mon, 1 Jan 2024 10:0%[1]d:00 +0000\r\nMessage-ID: <%[1]d@example.org>\r\n\r\nHello %[1]d\r\n", n)
}

func mbox(letters []string) []byte {
	var b bytes.Buffer
	for _, m := range letters {
		b.WriteString("From anna@example.org Mon Jan  1 10:00:00 2024\n" + strings.ReplaceAll(m, nl, "\n") + "\n")
	}
	return b.Bytes()
}
