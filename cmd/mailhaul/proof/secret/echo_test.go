package secret

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// echo is a server that offers every way to sign in, refuses all of them, and
// repeats whatever it is sent: as it came, and decoded.
func echo(t testing.TB) string {
	return mailtest.Serve(t, func(_ int, conn net.Conn) {
		defer conn.Close()
		send := func(line string) { fmt.Fprint(conn, line+"\r\n") }
		send("* OK [CAPABILITY IMAP4rev1 SASL-IR LITERAL+ AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-256 AUTH=XOAUTH2 AUTH=OAUTHBEARER] hello")
		tag := "m1"
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			line := lines.Text()
			first, command, found := strings.Cut(line, " ")
			send("* OK [ALERT] you said " + heard(line))
			switch {
			case found && strings.HasPrefix(command, "AUTHENTICATE"):
				tag = first
				send("+ " + base64.StdEncoding.EncodeToString([]byte(`{"status":"`+heard(line)+`"}`)))
			case found:
				send(first + " NO you said " + heard(line))
			default: // an answer
				send(tag + " NO you said " + heard(line))
			}
		}
	})
}

// heard is a line with what its base64 holds.
func heard(line string) string {
	out := line
	for _, word := range strings.Fields(line) {
		if raw, err := base64.StdEncoding.DecodeString(word); err == nil && len(word) > 8 {
			out += " that is " + strings.NewReplacer("\x00", " ", "\x01", " ", "\r", " ", "\n", " ").Replace(string(raw))
		}
	}
	return out
}
