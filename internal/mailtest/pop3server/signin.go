package pop3server

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

const (
	refused       = "-ERR [AUTH] no\r\n"
	protocolError = "-ERR Protocol error. Connection is closed. 10\r\n"
)

// signIn answers the commands before the maildrop is open.
func (c *session) signIn(verb, arg string) string {
	switch {
	case verb == "AUTH":
		return c.auth(arg)
	case verb == "APOP" && c.o.Timestamp != "":
		user, digest, _ := strings.Cut(arg, " ")
		sum := md5.Sum([]byte(c.o.Timestamp + c.o.Password))
		if digest != hex.EncodeToString(sum[:]) {
			return refused
		}
		c.user = user
		return c.enter()
	case c.o.NoUserPass:
		return "-ERR [AUTH] USER and PASS are not allowed here\r\n"
	case verb == "USER":
		c.user = arg
		return "+OK\r\n"
	case verb == "PASS" && c.user != "":
		if c.o.Password != "" && arg != c.o.Password {
			return refused
		}
		return c.enter()
	}
	return "-ERR not now\r\n"
}

// auth answers AUTH MECHANISM, RFC 5034, for those that CAPA lists.
func (c *session) auth(arg string) string {
	mechanism, initial, has := strings.Cut(arg, " ")
	switch {
	case !c.lists(mechanism):
		return "-ERR unknown mechanism\r\n"
	case has && c.o.TwoStep:
		return protocolError
	}
	check := map[string]func(string) bool{"PLAIN": c.plain, "XOAUTH2": c.xoauth2, "OAUTHBEARER": c.oauthBearer}[mechanism]
	challenge := ""
	if mechanism == "CRAM-MD5" {
		challenge, check, has = "<17.42@fake>", c.cram, false
	}
	if check == nil {
		return "-ERR unknown mechanism\r\n"
	}
	judge := func(line string) string {
		text, err := base64.StdEncoding.DecodeString(line)
		switch {
		case err == nil && check(string(text)):
			return c.enter()
		case strings.Contains(mechanism, "OAUTH"): // the no comes after one more line of the client's
			c.next = func(string) string { return refused }
			return "+ " + base64.StdEncoding.EncodeToString([]byte(`{"status":"401","scope":"mail"}`)) + "\r\n"
		}
		return refused
	}
	if has {
		return judge(initial)
	}
	c.next = judge
	return "+ " + base64.StdEncoding.EncodeToString([]byte(challenge)) + "\r\n"
}

// lists reports whether CAPA offers the mechanism.
func (c *session) lists(mechanism string) bool {
	for _, line := range c.o.Capabilities {
		if rest, ok := strings.CutPrefix(line, "SASL "); ok && slices.Contains(strings.Fields(rest), mechanism) {
			return true
		}
	}
	return false
}

func (c *session) plain(text string) bool {
	parts := strings.Split(text, "\x00")
	if len(parts) != 3 {
		return false
	}
	c.user = parts[1]
	return parts[2] == c.o.Password
}

func (c *session) xoauth2(text string) bool {
	c.user, _, _ = strings.Cut(strings.TrimPrefix(text, "user="), "\x01")
	return text == "user="+c.user+"\x01auth=Bearer "+c.o.Password+"\x01\x01"
}

// oauthBearer is RFC 7628, section 3.1.
func (c *session) oauthBearer(text string) bool {
	c.user, _, _ = strings.Cut(strings.TrimPrefix(text, "n,a="), ",")
	return text == "n,a="+c.user+",\x01auth=Bearer "+c.o.Password+"\x01\x01"
}

func (c *session) cram(text string) bool {
	user, digest, _ := strings.Cut(text, " ")
	h := hmac.New(md5.New, []byte(c.o.Password))
	h.Write([]byte("<17.42@fake>"))
	c.user = user
	return digest == hex.EncodeToString(h.Sum(nil))
}
