package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestCleartextOnlyToThisHost(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.8.0.1": true, "::1": true, "localhost": true, "::ffff:127.0.0.1": true,
		"10.0.0.1": false, "mail.example.org": false, "localhost.example.org": false, "127.0.0.1.example.org": false,
	} {
		dialed := false
		a := Access{Endpoint: Endpoint{Scheme: "imap", User: "u", Host: host, TLS: None}}
		a.Dial = func(context.Context, string, string) (net.Conn, error) {
			dialed = true
			client, server := net.Pipe()
			server.Close()
			return client, nil
		}
		if _, err := open(t, a); (err == nil) != want || dialed != want {
			t.Errorf("%s: got %v, dialed %v, want allowed %v", host, err, dialed, want)
		}
		a.AllowCleartext = true
		if _, err := open(t, a); err != nil {
			t.Errorf("%s with AllowCleartext: got %v, want nil", host, err)
		}
	}
	_, err := open(t, Access{Endpoint: Endpoint{Scheme: "imap", Host: "mail.example.org", TLS: None}})
	wantError(t, err, Cleartext, true, "without TLS", "--allow-cleartext")
}

func TestNoConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	_, err = open(t, Access{Endpoint: Endpoint{Scheme: "imaps", Host: "127.0.0.1", Port: port}})
	wantError(t, err, Refused, false, "refuses connections", "993")

	a := Access{Endpoint: Endpoint{Scheme: "imaps", Host: "no.example"}, Dial: noSuchHost}
	_, err = open(t, a)
	wantError(t, err, UnknownHost, true, `there is no host "no.example"`)

	a.Dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	}
	_, err = open(t, a)
	wantError(t, err, Unreachable, false, "server misbehaving")

	a.Dial = (&net.Dialer{Timeout: time.Nanosecond}).DialContext
	a.Host = "127.0.0.1"
	_, err = open(t, a)
	wantError(t, err, Timeout, false, "does not answer on port 993")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = Open(ctx, a); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	_, err = open(t, Access{Endpoint: Endpoint{Scheme: "mbox", Path: "/x"}})
	wantError(t, err, BadAccess, true, "names no server")
}

// A slow transfer that gets on lives longer than the timeout, whatever
// deadlines a library sets.
func TestDeadlineRolls(t *testing.T) {
	const steps, step = 12, 20 * time.Millisecond
	const bytes = steps * 100
	a := serve(t, None, func(conn net.Conn) {
		tick := time.NewTicker(step)
		defer tick.Stop()
		for range steps {
			<-tick.C
			conn.Write(make([]byte, bytes/steps))
		}
	})
	a.Timeout = steps * step / 2
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Hour)
	c.SetDeadline(past)
	c.SetReadDeadline(past)
	c.SetWriteDeadline(past)
	got, err := io.ReadAll(c)
	if len(got) != bytes || err != nil {
		t.Errorf("got %d bytes, %v, want %d and nil", len(got), err, bytes)
	}
	if in, _ := c.Counts(); in != bytes {
		t.Errorf("counted %d bytes in, want %d", in, bytes)
	}
}

// A server that greets and then stands still may come back; one that never
// greets will not, unless it has spoken to an earlier session.
func TestSilentServerIsNoticed(t *testing.T) {
	met := new(atomic.Bool)
	met.Store(true)
	tests := []struct {
		name      string
		says      string
		met       *atomic.Bool
		permanent bool
		want      []string
	}{
		{"after the greeting", "* OK\r\n", nil, false, []string{"nothing moved for 50ms"}},
		{"no greeting", "", nil, true, []string{"said nothing on port", "for 20ms", "Try imaps://"}},
		{"no greeting yet", "", new(atomic.Bool), true, nil},
		{"no greeting this time", "", met, false, []string{"said nothing"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			stop := make(chan struct{})
			defer close(stop)
			a := serve(t, None, func(c net.Conn) { c.Write([]byte(tc.says)); <-stop })
			a.Scheme, a.Timeout, a.Greeting, a.Met = "imap", 50*time.Millisecond, 20*time.Millisecond, tc.met
			c, err := open(t, a)
			if err != nil {
				t.Fatal(err)
			}
			if tc.says != "" {
				_, err = c.ReadLine(0)
			}
			if err == nil {
				_, err = c.ReadLine(0)
			}
			wantError(t, err, Timeout, tc.permanent, tc.want...)
		})
	}
}

// A server that was heard is remembered for the sessions that come.
func TestMet(t *testing.T) {
	a := serve(t, None, func(c net.Conn) { c.Write([]byte("* OK\r\n")) })
	a.Met = new(atomic.Bool)
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ReadLine(0); err != nil || !a.Met.Load() {
		t.Errorf("got %v and met %v, want the greeting remembered", err, a.Met.Load())
	}
}

func TestServerThatTakesNothing(t *testing.T) {
	stop := make(chan struct{})
	a := serve(t, None, func(c net.Conn) { c.Write([]byte("* OK\r\n")); <-stop })
	defer close(stop)
	a.Timeout = 50 * time.Millisecond
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ReadLine(0)
	piece := make([]byte, 1<<20)
	for range 256 {
		if err != nil {
			break
		}
		_, err = c.Write(piece)
	}
	wantError(t, err, Timeout, false, "nothing moved")
}

func TestWatch(t *testing.T) {
	stop := make(chan struct{})
	a := serve(t, None, func(net.Conn) { <-stop })
	defer close(stop)
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	c.Watch(ctx)
	why := errors.New("the user said so")
	got := make(chan error)
	go func() {
		_, err := c.ReadLine(0)
		got <- err
	}()
	cancel(why)
	if err := <-got; !errors.Is(err, why) {
		t.Errorf("got %v, want %v", err, why)
	}
}

func TestCloseWhileBlocked(t *testing.T) {
	stop := make(chan struct{})
	a := serve(t, None, func(net.Conn) { <-stop })
	defer close(stop)
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error)
	go func() {
		_, err := c.ReadLine(0)
		got <- err
	}()
	c.Close()
	if err := <-got; !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}

func TestReadLine(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	text := "a\r\nb\n\r\n" + long + "\r\nc\rd\r\nend"
	c := pipe(t, text)
	for _, want := range []string{"a", "b", "", long, "c\rd"} {
		if got, err := c.ReadLine(0); string(got) != want || err != nil {
			t.Errorf("got %d bytes, %v, want %d", len(got), err, len(want))
		}
	}
	if _, err := c.ReadLine(0); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if _, err := c.ReadLine(0); err != io.EOF {
		t.Errorf("got %v, want %v", err, io.EOF)
	}
	_, err := pipe(t, long+"\n").ReadLine(1000)
	wantError(t, err, BadReply, true, "more than 1000 bytes")
	if got, err := pipe(t, "12345\r\n").ReadLine(5); string(got) != "12345" || err != nil {
		t.Errorf("line at the limit: got %q, %v, want it whole", got, err)
	}
}

// pipe is a connection on which text comes in.
func pipe(t *testing.T, text string) *Conn {
	t.Helper()
	c, err := open(t, serve(t, None, func(conn net.Conn) { io.WriteString(conn, text) }))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWriteKeepsTheOrder(t *testing.T) {
	got := make(chan string, 1)
	a := serve(t, None, func(conn net.Conn) {
		all, _ := io.ReadAll(conn)
		got <- string(all)
	})
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	c.W.WriteString("first ")
	c.Write([]byte("second "))
	c.W.WriteString("third")
	c.W.Flush()
	c.Close()
	if s := <-got; s != "first second third" {
		t.Errorf("got %q, want %q", s, "first second third")
	}
	if _, out := c.Counts(); out != 18 {
		t.Errorf("counted %d bytes out, want 18", out)
	}
}
