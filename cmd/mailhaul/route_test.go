package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// TestRoutes runs the scripts of a mail server behind a proxy.
func TestRoutes(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/route", Cmds: scriptCommands(),
		Setup: func(env *testscript.Env) error {
			s := imapserver.Start(t, imapserver.Options{})
			env.Setenv("PROXY", mailtest.NewForwardProxy(t, s.Addr).Addr)
			env.Setenv("IMAP", "imap://anna@"+s.Addr+"?tls=none")
			env.Setenv("PASSWORD", mailtest.Password)
			return isolate(env)
		},
	})
}

func TestBypass(t *testing.T) {
	for list, hosts := range map[string]map[string]bool{
		"":                     {"localhost": true, "127.0.0.1": true, "::1": true, "mail.example": false},
		"*":                    {"mail.example": true},
		"example, .other.test": {"example": true, "a.example": true, "notexample": false, "x.other.test": true, "Other.TEST": true},
		"10.0.0.0/8,192.0.2.1": {"10.1.2.3": true, "11.1.2.3": false, "192.0.2.1": true},
	} {
		straight := bypass(list)
		for host, want := range hosts {
			if straight(host) != want {
				t.Errorf("NO_PROXY=%q: %s straight: got %v, want %v", list, host, !want, want)
			}
		}
	}
}
