package imap

import (
	"context"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

func TestSignInOverTLS(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	for _, tc := range []struct {
		name, scheme, addr, password string
		mode                         dial.Mode
		in                           bool
	}{
		{"implicit", "imaps", server.IMAPS, mailtest.Password, dial.Implicit, true},
		{"STARTTLS", "imap", server.IMAP, mailtest.Password, dial.StartTLS, true},
		{"wrong password", "imap", server.IMAP, "wr\"ong ü", dial.StartTLS, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := access(t, tc.addr, server.NewUser())
			a.Scheme, a.TLS, a.CAs = tc.scheme, tc.mode, mailtest.CA().Pool()
			a.Password = func(context.Context) (string, error) { return tc.password, nil }
			s, err := New(t.Context(), a)
			if err == nil {
				defer s.Close()
			}
			if (err == nil) != tc.in {
				t.Fatalf("got %v, want in: %v", err, tc.in)
			}
			if !tc.in && (!transfer.SignInRefused(err) || !transfer.Permanent(err) || strings.Contains(err.Error(), tc.password)) {
				t.Errorf("got %v, want a refused sign-in, without the password", err)
			}
		})
	}
}
