package pop3

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// slow is a server's end that writes texts which hold what in pieces, with a
// pause before each.
type slow struct {
	net.Conn
	what  string
	piece int
	pause time.Duration
}

func (s slow) Write(p []byte) (int, error) {
	if !strings.Contains(string(p), s.what) {
		return s.Conn.Write(p)
	}
	sent := 0
	for sent < len(p) {
		time.Sleep(s.pause)
		n, err := s.Conn.Write(p[sent:min(len(p), sent+s.piece)])
		if sent += n; err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// inBubble gives access to f over a slow line.
func (f *fake) inBubble(t *testing.T, line slow) dial.Access {
	done := make(chan struct{})
	t.Cleanup(func() { <-done })
	return dial.Access{
		Endpoint: dial.Endpoint{Scheme: "pop3", User: "anna", Host: "127.0.0.1", TLS: dial.None},
		Password: func(context.Context) (string, error) { return secret, nil },
		Dial: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			line.Conn = far
			go func() { defer close(done); f.serve(line) }()
			return near, nil
		},
	}
}

// 20 MB at 0.5 Mbit/s take longer than any timeout.
func TestSlowMessagePasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		big := "Subject: big\r\n\r\n" + strings.Repeat(strings.Repeat("x", 1000)+"\r\n", 20<<10)
		f := &fake{mails: []string{big}}
		s := signedIn(t, f.inBubble(t, slow{what: "Subject: big", piece: 64 << 10, pause: time.Second}))
		ms := list(t, s, "")
		began := time.Now()
		got := fetch(t, s, ms)
		if len(got) != 1 || got[0].Err != nil || got[0].text != big {
			t.Errorf("got %d messages, the first with %v, want the whole message", len(got), got[0].Err)
		}
		if took := time.Since(began); took < 5*time.Minute {
			t.Errorf("took %v, want a slow line", took)
		}
	})
}

// A server that drips is ended, whatever it drips: in a list a line counts, in a
// message bytes do.
func TestDrippingServer(t *testing.T) {
	lines := "Subject: a\r\n\r\n" + strings.Repeat("y\r\n", 1000)
	for _, tc := range []struct {
		name string
		line slow
		ok   bool
	}{
		{"a message, by lines", slow{what: "Subject: a", piece: 3, pause: 10 * time.Second}, false},
		{"a status line", slow{what: "+OK 1 ", piece: 1, pause: 30 * time.Second}, false},
		{"a list, by bytes", slow{what: "uid-1", piece: 1, pause: 30 * time.Second}, false},
		{"what it can do, by lines", slow{what: "EXPIRE", piece: 6, pause: 50 * time.Second}, true},
		{"a list, by lines", slow{what: "uid-1", piece: 9, pause: 100 * time.Second}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := signedIn(t, (&fake{mails: []string{lines}, capa: "UIDL\r\nTOP\r\nEXPIRE NEVER\r\n"}).inBubble(t, tc.line))
				err := readAll(t, s)
				var e *dial.Error
				if stalled := errors.As(err, &e) && e.Stalled(); stalled == tc.ok {
					t.Errorf("got %v, want an end of the waiting: %v", err, !tc.ok)
				}
			})
		})
	}
}

// readAll fetches the only message, and answers the first error.
func readAll(t *testing.T, s *Source) error {
	if _, err := s.Folders(t.Context()); err != nil {
		return err
	}
	for x, err := range s.Fetch(t.Context(), transfer.Folder{}, list(t, s, "")) {
		if err != nil {
			return err
		}
		if x.Err != nil {
			return x.Err
		}
		if _, err := io.Copy(io.Discard, x.Body); err != nil {
			return err
		}
	}
	return nil
}
