package dial

import (
	"crypto/tls"
	"net"
	"testing"
	"time"
)

// shared serves any number of connections over TLS.
func shared(t *testing.T, cert tls.Certificate) Access {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	greet := greetTLS(&tls.Config{Certificates: []tls.Certificate{cert}})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				greet(conn)
			}()
		}
	}()
	return Access{
		Endpoint: Endpoint{Scheme: "imaps", User: "anna", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: Implicit},
		Timeout:  5 * time.Second,
	}
}

// resumed opens a connection, hears the greeting and tells whether the TLS
// session was one from before.
func resumed(t *testing.T, a Access) bool {
	t.Helper()
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.ReadLine(0); err != nil {
		t.Fatal(err)
	}
	return c.TLS().DidResume
}

func TestResume(t *testing.T) {
	ca := newAuthority(t)
	a := shared(t, ca.issue(t, "127.0.0.1", time.Hour))
	a.CAs = ca.pool()
	for range 2 {
		if resumed(t, a) {
			t.Error("a session was resumed that nobody kept")
		}
	}
	a.Share()
	if first, second := resumed(t, a), resumed(t, a); first || !second {
		t.Errorf("got resumed %t, then %t, want false, true", first, second)
	}
	other := a
	other.Share()
	if resumed(t, other) {
		t.Error("another side's session was resumed")
	}
	a.Pin = Pin{1}.String()
	_, err := open(t, a)
	wantError(t, err, Certificate, true, "is not the pinned one")
}
