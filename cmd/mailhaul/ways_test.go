package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// TestWays runs the scripts of a server that lets people in by every way.
func TestWays(t *testing.T) {
	s := mailtest.AllWays(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/ways", Cmds: scriptCommands(),
		Setup: func(env *testscript.Env) error {
			cert := filepath.Join(env.WorkDir, "cert.pem")
			for name, value := range map[string]string{
				"POP3": "pop3://" + s.NewUser() + "@" + s.POP3, "POP3S": "pop3s://" + s.NewUser() + "@" + s.POP3S,
				"TOKENPOP3": "pop3://" + s.TokenUser + "@" + s.POP3, "CERTPOP3": "pop3s://" + s.CertUser + "@" + s.POP3S,
				"IMAP": "imap://" + s.NewUser() + "@" + s.IMAP, "CAFILE": s.CAFile, "PASSWORD": mailtest.Password,
				"ODDPOP3": "pop3s://" + s.Odd + "@" + s.POP3S, "ODDIMAP": "imap://" + s.Odd + "@" + s.IMAP, "ODDPASSWORD": s.OddPassword,
				"ADMIN": s.Admin, "ADMINPASSWORD": s.AdminPassword,
				"TOKEN": s.Token, "TOKENIMAP": "imap://" + s.TokenUser + "@" + s.IMAP,
				"CERT": cert, "CERTIMAP": "imap://" + s.CertUser + "@" + s.IMAP,
			} {
				env.Setenv(name, value)
			}
			if err := writeCertificate(cert, s); err != nil {
				return err
			}
			return isolate(env)
		},
	})
}

// writeCertificate writes the client's certificate and its key into one file.
func writeCertificate(path string, s *mailtest.Ways) error {
	key, err := x509.MarshalPKCS8PrivateKey(s.Certificate.PrivateKey)
	if err != nil {
		return err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	return os.WriteFile(path, text, 0o600)
}
