package main

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// TestOutsideScripts runs what needs names: old.example has POP3 and IMAP, told
// by autoconfig; new.example IMAP, told by SRV; firm.example is where its MX
// record leads; guess.example answers where servers usually are.
func TestOutsideScripts(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	environ := mailWorld(s).environ(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/outside", Cmds: scriptCommands(),
		Setup: func(env *testscript.Env) error {
			for _, pair := range environ {
				name, value, _ := strings.Cut(pair, "=")
				env.Setenv(name, value)
			}
			old := s.NewUser()
			mailtest.Load(t, s.IMAP, old, mailtest.Corpus(7, 20, mailtest.CorpusOptions{Small: true}))
			env.Setenv("OLD", old)
			env.Setenv("NEW", s.NewUser())
			env.Setenv("CAFILE", s.CAFile)
			env.Setenv("PASSWORD", mailtest.Password)
			return isolate(env)
		},
	})
}

// mailWorld is the one that the scripts speak of.
func mailWorld(s *mailtest.Server) outside {
	config := func(domain string) string {
		server := func(kind, host, port string) string {
			return `<incomingServer type="` + kind + `"><hostname>` + host + `</hostname><port>` + port +
				`</port><socketType>SSL</socketType><username>%EMAILLOCALPART%</username></incomingServer>`
		}
		return `<clientConfig version="1.1"><emailProvider id="` + domain + `">` +
			server("imap", "imap."+domain, "993") + server("pop3", "pop."+domain, "995") + `</emailProvider></clientConfig>`
	}
	return outside{
		records: []string{
			"autoconfig.old.example A 127.0.0.11", "imap.old.example A 127.0.0.12", "pop.old.example A 127.0.0.13",
			"_imaps._tcp.new.example SRV 0 1 993 imap.new.example", "imap.new.example A 127.0.0.14",
			"firm.example MX 10 mx.old.example",
			"imap.provider.example A 127.0.0.15",
		},
		pages: map[string]string{"autoconfig.old.example/mail/config-v1.1.xml": config("old.example")},
		ports: map[string]string{
			"imap.old.example:993": s.IMAPS, "pop.old.example:995": s.POP3S, "imap.new.example:993": s.IMAPS,
			"imap.provider.example:993": s.IMAPS,
		},
	}
}
