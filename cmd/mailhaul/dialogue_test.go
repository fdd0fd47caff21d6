package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// TestLogHoldsNoSecretAndNoMail reads the whole log of moves between real
// servers, with all that is said in it.
func TestLogHoldsNoSecretAndNoMail(t *testing.T) {
	const password, word = "correct-Horse.battery7", "Zebra"
	server := mailtest.Shared(t, mailtest.DovecotOptions{Extra: "passdb {\n driver = static\n args = password=" + password + "\n}\n"})
	for _, tc := range []struct {
		name, scheme, addr string
		told               []string
	}{
		{"imap", "imaps", server.IMAPS, []string{
			"source 1 -- connected to 127.0.0.1", "source 1 -- TLS 1.3", "source 1 S: * OK ", " AUTHENTICATE PLAIN ***",
			" ID (", " OK ", "UID FETCH 1:", "BODY[] {", " bytes})",
		}},
		{"pop3", "pop3s", server.POP3S, []string{"source 1 S: +OK ", "C: USER ", "C: PASS ***", "C: RETR 5", "S: +OK ", " bytes}"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, b := server.NewUser(), server.NewUser()
			mailtest.Load(t, server.IMAP, a, zebras(50, word))
			log := filepath.Join(t.TempDir(), "run.log")
			m := newMove(t, "--ca-file", server.CAFile, "-vv", "--log-file", log, fmt.Sprintf("%s://%s@%s", tc.scheme, a, tc.addr), clear("imap", b, server.IMAP))
			cmd := m.command()
			cmd.Env = append(cmd.Env, "MAILHAUL_SOURCE_PASSWORD="+password, "MAILHAUL_DEST_PASSWORD="+password)
			var talk bytes.Buffer
			cmd.Stderr = &talk
			out, err := cmd.Output()
			if err != nil || !bytes.Contains(out, []byte(`"copied":50`)) {
				t.Fatalf("got %v, %s, %s", err, out, &talk)
			}
			written, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			for where, all := range map[string]string{"log": string(written), "standard error": talk.String()} {
				secrets := []string{password, word, base64.StdEncoding.EncodeToString([]byte(word))}
				for _, user := range []string{a, b} {
					plain := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
					secrets = append(secrets, plain, plain[8:24])
				}
				for _, secret := range secrets {
					if strings.Contains(all, secret) {
						t.Errorf("got %q in the %s", secret, where)
					}
				}
				for _, line := range append(tc.told, "destination 1 C: ", " APPEND ", "destination 1 S: ") {
					if !strings.Contains(all, line) {
						t.Errorf("got no %q in the %s:\n%.6000s", line, where, all)
					}
				}
			}
			if info, err := os.Stat(log); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("got %v, %v, want a log that only its owner may read", info.Mode(), err)
			}
		})
	}
}

// zebras are n messages that hold the word everywhere.
func zebras(n int, word string) []mailtest.Mail {
	mails := make([]mailtest.Mail, n)
	for i := range mails {
		mails[i] = mailtest.Mail{
			Folder: []string{"INBOX"}, Date: time.Date(2020, 1, 1, 0, 0, i, 0, time.UTC),
			Bytes: fmt.Appendf(nil, "Message-ID: <%d.%s@example.org>\r\nSubject: %[2]s\r\n\r\n* %[2]s\r\n%s\r\n", i, word, strings.Repeat(word+"\r\n", i*50)),
		}
	}
	return mails
}

// alarming is a server that shouts at each connection, and lets nobody in.
func alarming(t *testing.T) (endpoint string) {
	addr := mailtest.Serve(t, func(_ int, conn net.Conn) {
		io.WriteString(conn, "* OK [CAPABILITY IMAP4rev1] [ALERT]\r\n* NO [ALERT] Your mailbox\x1b[2J is nearly full\r\n")
		for in := bufio.NewScanner(conn); in.Scan(); {
			tag, _, _ := strings.Cut(in.Text(), " ")
			fmt.Fprintf(conn, "%s NO [ALERT] Your mailbox\x1b[2J is nearly full\r\n", tag)
		}
	})
	return clear("imap", "anna", addr)
}

func TestAlertsAreShownOnce(t *testing.T) {
	cmd := newMove(t, "--progress", "plain", "--log-file", filepath.Join(t.TempDir(), "log"), "maildir:"+emptyMaildir(t), alarming(t)).command()
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitSignIn {
		t.Errorf("got %v, want exit %d", err, exitSignIn)
	}
	const warning = `warning: destination 127.0.0.1 says: Your mailbox\x1b[2J is nearly full`
	if n := strings.Count(talk.String(), warning); n != 1 {
		t.Errorf("got the alert %d times, want once:\n%s", n, &talk)
	}
	const event = `"event":"alert"`
	if n := bytes.Count(out, []byte(event)); n != 1 || !bytes.Contains(out, []byte(`says: Your mailbox\u001b[2J`)) {
		t.Errorf("got the event %d times, want once:\n%s", n, out)
	}
	log, _ := os.ReadFile(cmd.Args[len(cmd.Args)-3])
	if n := bytes.Count(log, []byte("msg=alert")); n != 1 {
		t.Errorf("got the alert %d times in the log, want once:\n%s", n, log)
	}
}

// emptyMaildir is a source without mail.
func emptyMaildir(t *testing.T) string {
	dir := t.TempDir()
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAlertsAreLimited(t *testing.T) {
	var got []string
	a := &alerts{server: "source pop.example.org", tell: func(e transfer.Event) { got = append(got, e.Text) }}
	for i := range 100 {
		a.alert(fmt.Sprint("alert ", i))
		a.alert(fmt.Sprint("alert ", i))
	}
	if len(got) != maxAlerts+1 || got[0] != "source pop.example.org says: alert 0" || !strings.HasSuffix(got[maxAlerts], "which are not shown") {
		t.Errorf("got %d: %q, want %d and a word on the rest", len(got), got, maxAlerts)
	}
}

// A terminal that takes nothing holds the dialogue up for a second, not for each
// line.
func TestTraceDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watch{events: make(chan transfer.Event, 2)}
		began := time.Now()
		for range 1000 {
			w.trace("line")
		}
		if took := time.Since(began); took > 2*tracePatience {
			t.Errorf("1000 lines took %v, want %v", took, tracePatience)
		}
		<-w.events
		w.trace("there is room again")
		<-w.events
		if e := <-w.events; e.Count != 998 || sentence(e, 2) != e.Time.Format("15:04:05.000 ")+"(998 lines left out) there is room again" {
			t.Errorf("got %d left out in %q, want 998", e.Count, sentence(e, 2))
		}
	})
}
