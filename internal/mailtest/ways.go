package mailtest

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Ways is a [Server] that lets people in by every way it knows.
type Ways struct {
	*Server
	// Odd is an account whose password, OddPassword, has quotes, a backslash,
	// blanks and 8-bit characters.
	Odd, OddPassword string
	// Admin may open every mailbox with AdminPassword: as user*admin, or by an
	// authorization identity.
	Admin, AdminPassword string
	// Token is an OAuth2 access token of TokenUser.
	Token, TokenUser string
	// Certificate lets CertUser in.
	Certificate tls.Certificate
	CertUser    string
}

const allMechanisms = "plain login cram-md5 scram-sha-1 scram-sha-256 external xoauth2 oauthbearer"

// AllWays starts one, which ends with the test. Its tokens are looked up at an
// identity provider on 127.0.0.1.
func AllWays(t testing.TB) *Ways {
	t.Helper()
	w := &Ways{
		Odd: "odd", OddPassword: ` pä"ss\ wörd* `, Admin: "boss", AdminPassword: "boss pw",
		Token: "ya29.token", TokenUser: "u901", CertUser: "u902",
	}
	w.Certificate = CA().IssueClient(w.CertUser)
	provider := httptest.NewServer(http.HandlerFunc(w.introspect))
	t.Cleanup(provider.Close)
	dir, err := newDir(false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	files := map[string]string{
		"odd":   w.Odd + ":{PLAIN.b64}" + base64.StdEncoding.EncodeToString([]byte(w.OddPassword)) + "::::::\n",
		"boss":  w.Admin + ":{PLAIN.b64}" + base64.StdEncoding.EncodeToString([]byte(w.AdminPassword)) + "::::::\n",
		"oauth": "introspection_url = " + provider.URL + "/\nintrospection_mode = post\nusername_attribute = email\nactive_attribute = active\nactive_value = true\n",
		"ca":    string(CA().PEM()),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	extra := `
auth_mechanisms = ` + allMechanisms + `
auth_master_user_separator = *
auth_ssl_username_from_cert = yes
ssl_verify_client_cert = yes
ssl_require_crl = no
ssl_ca = <DIR/ca
passdb {
 driver = passwd-file
 args = username_format=%u DIR/boss
 master = yes
 result_success = continue
}
passdb {
 driver = passwd-file
 args = username_format=%u DIR/odd
}
passdb {
 driver = static
 mechanisms = external
 args = nopassword
}
passdb {
 driver = oauth2
 mechanisms = xoauth2 oauthbearer
 args = DIR/oauth
}
`
	w.Server = Dovecot(t, DovecotOptions{Extra: strings.ReplaceAll(extra, "DIR", dir)})
	return w
}

// introspect says whose a token is, RFC 7662.
func (w *Ways) introspect(out http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	out.Header().Set("Content-Type", "application/json")
	if r.Form.Get("token") != w.Token {
		fmt.Fprint(out, `{"active":false}`)
		return
	}
	fmt.Fprintf(out, `{"active":true,"email":%q}`, w.TokenUser)
}

// IssueClient makes a certificate by which a user signs in.
func (a *Authority) IssueClient(user string) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: user},
		NotBefore:    time.Now().Add(-47 * time.Hour),
		NotAfter:     time.Now().Add(47 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	key := newKey()
	leaf := sign(template, a.cert, key, a.key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}
