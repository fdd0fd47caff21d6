package imapserver

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

func (n *session) signIn(user, password string) string {
	if password != n.options.Password {
		return "NO [AUTHENTICATIONFAILED] wrong user or password"
	}
	return n.welcome(user)
}

func (n *session) welcome(user string) string {
	n.enter(user)
	return fmt.Sprintf("OK [CAPABILITY %s] welcome", strings.Join(n.options.Capabilities, " "))
}

// authenticate is PLAIN (RFC 4616), and OAuth2 where [Options.Owner] knows tokens.
func (n *session) authenticate(args []string) (string, error) {
	if len(args) == 0 {
		return "BAD no mechanism", nil
	}
	mechanism := strings.ToUpper(args[0])
	bearer := mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER"
	if mechanism != "PLAIN" && !(bearer && n.options.Owner != nil) {
		return "NO no such mechanism", nil
	}
	if len(args) == 1 {
		line, err := n.ask("")
		if err != nil {
			return "", err
		}
		args = append(args, line)
	}
	raw, err := base64.StdEncoding.DecodeString(args[1])
	switch {
	case err != nil:
		return "BAD no good response", nil
	case bearer:
		return n.bearer(string(raw))
	}
	parts := strings.Split(string(raw), "\x00")
	if len(parts) != 3 {
		return "BAD no good response", nil
	}
	if parts[0] != "" { // everybody may open the mailbox of everybody
		return n.signIn(parts[0], parts[2]), nil
	}
	return n.signIn(parts[1], parts[2]), nil
}

// ask sends a challenge and reads the answer.
func (n *session) ask(challenge string) (string, error) {
	n.raw("+ " + base64.StdEncoding.EncodeToString([]byte(challenge)) + "\r\n")
	n.flush()
	line, err := n.r.ReadString('\n')
	return strings.TrimSpace(line), err
}

// bearerPattern is what both mechanisms have in common.
var bearerPattern = regexp.MustCompile("^(?:user=|n,a=)([^\x01,]*),?\x01auth=Bearer ([^\x01]+)\x01\x01$")

// bearer lets in who has a token of his own. As Google and Microsoft do, a
// refusal comes in two steps.
func (n *session) bearer(response string) (string, error) {
	found := bearerPattern.FindStringSubmatch(response)
	if found == nil {
		return "BAD no good response", nil
	}
	if owner := n.options.Owner(found[2]); owner == found[1] || owner == "*" {
		return n.welcome(found[1]), nil
	}
	if _, err := n.ask(`{"status":"400","schemes":"Bearer"}`); err != nil {
		return "", err
	}
	return "NO AUTHENTICATE failed.", nil
}
