package hostile

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// challenge is what our servers give to those who prove that they know the password.
const challenge = "<17.42@fake>"

// leaked is the form in which the password, or what is made of it, stands in a text;
// "" if it does not.
func leaked(text string) string {
	for _, form := range []string{
		secret, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("\x00anna\x00" + secret)),
		apop(), cram(), base64.StdEncoding.EncodeToString([]byte("anna " + cram())),
	} {
		if strings.Contains(text, form) {
			return form
		}
	}
	for _, word := range strings.Fields(text) {
		if raw, err := base64.StdEncoding.DecodeString(word); err == nil && scramProof(string(raw)) {
			return word
		}
	}
	return ""
}

// apop is the answer to the challenge by RFC 1939, section 7.
func apop() string {
	sum := md5.Sum([]byte(challenge + secret))
	return hex.EncodeToString(sum[:])
}

// cram is the digest of the answer to the challenge by RFC 2195.
func cram() string {
	h := hmac.New(md5.New, []byte(secret))
	h.Write([]byte(challenge))
	return hex.EncodeToString(h.Sum(nil))
}

// scramProof reports whether this is the client's last message by RFC 5802: salt and
// nonces make it another each time, but its form tells it.
func scramProof(text string) bool {
	return strings.HasPrefix(text, "c=") && strings.Contains(text, ",r=") && strings.Contains(text, ",p=")
}

func TestLeaksAreFound(t *testing.T) {
	b64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, tc := range []struct {
		text string
		want bool
	}{
		{"m1 LOGIN anna " + secret, true},
		{`m1 LOGIN anna "Zq9\"credential\\7"`, true},
		{"m1 AUTHENTICATE PLAIN " + b64("\x00anna\x00"+secret), true},
		{"APOP anna " + apop() + "\r\n", true},
		{"m1 AUTHENTICATE CRAM-MD5\r\n" + b64("anna "+cram()) + "\r\nm2 LOGOUT\r\n", true},
		{b64("c=biws,r=ab12,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=") + "\r\n", true},
		{"m1 AUTHENTICATE SCRAM-SHA-256 " + b64("n,,n=anna,r=ab12") + "\r\n", false},
		{"m1 CAPABILITY\r\nm2 STARTTLS\r\n", false},
	} {
		if got := leaked(tc.text); got != "" != tc.want {
			t.Errorf("%q: got %q, want a leak: %v", tc.text, got, tc.want)
		}
	}
}
