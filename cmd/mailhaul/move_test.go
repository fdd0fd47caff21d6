package main

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// TestMoveTranscript goes from two addresses to a finished copy, as it can be
// read in testdata/check/move.txt: the old provider is told by autoconfig, the new
// one is Microsoft, which takes a sign-in with the browser only. DNS, web, TLS,
// both mail servers and the identity provider are real ones on 127.0.0.1.
func TestMoveTranscript(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	old := s.NewUser()
	mailtest.Load(t, s.IMAP, old, mailtest.Corpus(11, 8, mailtest.CorpusOptions{Small: true}))
	world := mailWorld(s)
	office, identity := microsoft(t)
	world.records = append(world.records, "outlook.office365.com A 127.0.0.16", "login.microsoftonline.com A 127.0.0.17")
	world.ports["outlook.office365.com:993"] = office
	world.sites = map[string]http.Handler{"login.microsoftonline.com": identity}
	home := t.TempDir()
	environ := append(world.environ(t), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home, "AppData="+home, "LocalAppData="+home)

	var transcript strings.Builder
	for _, args := range [][]string{
		{"copy", old + "@old.example", "anna@outlook.com"},
		{"login", "anna@outlook.com", "--client-id", "client-1"},
		{"copy", old + "@old.example", "anna@outlook.com"},
		{"copy", old + "@old.example", "anna@outlook.com"},
	} {
		environ := environ
		if transcript.Len() == 0 { // at first the user does not know
			environ = append([]string{"MAILHAUL_DEST_PASSWORD=" + mailtest.Password}, environ...)
		}
		said, code := runIn(t, environ, args...)
		transcript.WriteString("$ mailhaul " + strings.Join(args, " ") + "\n" + said)
		if want := map[int]int{0: exitSignIn}[strings.Count(transcript.String(), "$ mailhaul ")-1]; code != want {
			t.Errorf("%q: got exit code %d, want %d\n%s", args, code, want, said)
		}
		transcript.WriteString("\n")
	}
	golden(t, filepath.Join("testdata", "check", "move.txt"), strings.ReplaceAll(transcript.String(), home, "~"))
}

// microsoft is a mail server that takes tokens only, and who gives them out.
func microsoft(t *testing.T) (office string, identity http.Handler) {
	p := mailtest.NewProvider(t)
	p.User = "anna@outlook.com"
	caps := strings.ReplaceAll(imapserver.Modern, "AUTH=PLAIN", "AUTH=XOAUTH2 LOGINDISABLED")
	mail := imapserver.Start(t, imapserver.Options{Owner: p.Owner, Capabilities: strings.Fields(caps)})
	target, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.URL.Path = map[string]string{"token": "/token", "devicecode": "/device"}[filepath.Base(r.In.URL.Path)]
	}}
	cert := mailtest.CA().Issue(mailtest.CertGood)
	return mailtest.Serve(t, func(_ int, conn net.Conn) {
		inner, err := net.Dial("tcp", mail.Addr)
		if err != nil {
			return
		}
		defer inner.Close()
		secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
		go func() {
			_, _ = io.Copy(inner, secure)
			_ = inner.Close()
		}()
		_, _ = io.Copy(secure, inner)
		_ = secure.Close()
	}), forward
}
