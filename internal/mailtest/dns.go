package mailtest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// DNS plays a name server on 127.0.0.1 until the test ends, and gives its
// address. Each record is a line as in a zone file, without class and time:
//
//	imap.old.example A 127.0.0.1
//	old.example MX 10 mx.old.example
//	_imaps._tcp.old.example SRV 0 1 993 imap.old.example
//
// Names without a record are answered with NXDOMAIN. "*" stands for any name
// that has no record of its own.
func DNS(t testing.TB, records ...string) (addr string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	zone := map[string][]dnsmessage.ResourceBody{}
	for _, line := range records {
		name, body, err := parseRecord(line)
		if err != nil {
			t.Fatalf("record %q: %v", line, err)
		}
		zone[name] = append(zone[name], body)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		answerNames(conn, zone)
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return conn.LocalAddr().String()
}

// Resolver asks the name server at addr.
func Resolver(addr string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", addr)
	}}
}

func answerNames(conn net.PacketConn, zone map[string][]dnsmessage.ResourceBody) {
	buf := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var question dnsmessage.Message
		if question.Unpack(buf[:n]) != nil || len(question.Questions) != 1 {
			continue
		}
		if reply, err := answerName(question, zone); err == nil {
			_, _ = conn.WriteTo(reply, from)
		}
	}
}

func answerName(m dnsmessage.Message, zone map[string][]dnsmessage.ResourceBody) ([]byte, error) {
	q := m.Questions[0]
	bodies, known := zone[strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))]
	if !known {
		bodies, known = zone["*"]
	}
	m.Header = dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true, RecursionDesired: true, RecursionAvailable: true}
	m.Additionals = nil
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, body := range bodies {
		if kind := bodyType(body); kind == q.Type {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: kind, Class: q.Class, TTL: 60}, Body: body,
			})
		}
	}
	return m.Pack()
}

func bodyType(body dnsmessage.ResourceBody) dnsmessage.Type {
	switch body.(type) {
	case *dnsmessage.AResource:
		return dnsmessage.TypeA
	case *dnsmessage.AAAAResource:
		return dnsmessage.TypeAAAA
	case *dnsmessage.MXResource:
		return dnsmessage.TypeMX
	}
	return dnsmessage.TypeSRV
}

func parseRecord(line string) (name string, body dnsmessage.ResourceBody, err error) {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return "", nil, fmt.Errorf("a record has a name, a type and data")
	}
	data := strings.Join(fields[2:], " ")
	target := func(host string) dnsmessage.Name {
		name, bad := dnsmessage.NewName(strings.TrimSuffix(host, ".") + ".")
		if bad != nil {
			err = bad
		}
		return name
	}
	switch fields[1] {
	case "A":
		ip := net.ParseIP(data).To4()
		if ip == nil {
			return "", nil, fmt.Errorf("no IPv4 address")
		}
		body = &dnsmessage.AResource{A: [4]byte(ip)}
	case "AAAA":
		ip := net.ParseIP(data).To16()
		if ip == nil {
			return "", nil, fmt.Errorf("no IPv6 address")
		}
		body = &dnsmessage.AAAAResource{AAAA: [16]byte(ip)}
	case "MX":
		mx, host := &dnsmessage.MXResource{}, ""
		_, err = fmt.Sscan(data, &mx.Pref, &host)
		mx.MX = target(host)
		body = mx
	case "SRV":
		srv, host := &dnsmessage.SRVResource{}, ""
		_, err = fmt.Sscan(data, &srv.Priority, &srv.Weight, &srv.Port, &host)
		srv.Target = target(host)
		body = srv
	default:
		return "", nil, fmt.Errorf("no type %q", fields[1])
	}
	return strings.ToLower(fields[0]), body, err
}
