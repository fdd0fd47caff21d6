package pop3server

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
)

const refused = "-ERR [AUTH] no\r\n"

// signIn answers the commands before the maildrop is open.
func (c *session) signIn(verb, arg string) string {
	switch {
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
