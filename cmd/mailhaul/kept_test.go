package main

import (
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// What is kept for one server is never found for another: neither at another host,
// as after a move of a domain, nor behind another port, as through a tunnel.
func TestKeptForOneServer(t *testing.T) {
	names := map[string]string{}
	for _, text := range []string{
		"imaps://anna@firm.example@outlook.office365.com", "imaps://anna@firm.example@imap.new.example",
		"imaps://anna@firm.example@localhost", "imaps://anna@firm.example@localhost:1143", "imap://anna@firm.example@localhost:1144?tls=none",
	} {
		e, err := dial.ParseEndpoint(text)
		if err != nil {
			t.Fatal(err)
		}
		s := side{Access: dial.Access{Endpoint: e}}
		for _, name := range []string{s.whose(), grantName(e)} {
			if other, taken := names[name]; taken {
				t.Errorf("%s and %s share what is kept as %q", text, other, name)
			}
			names[name] = text
		}
	}
	usual, _ := dial.ParseEndpoint("imaps://anna@imap.new.example:993")
	start, _ := dial.ParseEndpoint("imap://anna@imap.new.example")
	if a, b := (side{Access: dial.Access{Endpoint: usual}}).whose(), (side{Access: dial.Access{Endpoint: start}}).whose(); a != "anna@imap.new.example" || a != b {
		t.Errorf("got %q and %q, want one name for the usual ports", a, b)
	}
}
