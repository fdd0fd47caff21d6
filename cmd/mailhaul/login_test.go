package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// TestLogin runs the scripts of a mail server that takes tokens, and an identity
// provider that gives them:
//
//	provider expire|revoke      what it gave out is void
//	provider deny [ERROR]       the user says no; without ERROR yes again
//	provider busy N             the next N requests for tokens get 503
//	secrets NAME                nothing that it gave out stands in the file NAME
func TestLogin(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/login",
		Setup: func(env *testscript.Env) error {
			p := mailtest.NewProvider(t)
			s := imapserver.Start(t, imapserver.Options{
				Owner: p.Owner, Capabilities: append(strings.Fields(imapserver.Modern), "AUTH=XOAUTH2"),
			})
			env.Values["provider"] = p
			env.Setenv("PROVIDER", p.URL)
			env.Setenv("CLIENT", p.ClientID)
			env.Setenv("IMAP", "imap://anna@"+s.Addr+"?tls=none")
			env.Setenv("BOB", "imap://bob@"+s.Addr+"?tls=none")
			env.Setenv("PASSWORD", mailtest.Password)
			env.Setenv("BROWSER", "testbrowser")
			return isolate(env)
		},
		Cmds: withCommands(map[string]func(*testscript.TestScript, bool, []string){
			"provider": provide, "secrets": noSecrets,
		}),
	})
}

func withCommands(more map[string]func(*testscript.TestScript, bool, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	all := scriptCommands()
	for name, cmd := range more {
		all[name] = cmd
	}
	return all
}

func provide(ts *testscript.TestScript, neg bool, args []string) {
	p := ts.Value("provider").(*mailtest.Provider)
	switch strings.Join(args[:1], "") {
	case "expire":
		p.Expire()
	case "revoke":
		p.Revoke()
	case "deny":
		p.Set(func(p *mailtest.Provider) { p.Deny = strings.Join(args[1:], "") })
	case "busy":
		times, err := strconv.Atoi(args[1])
		ts.Check(err)
		p.Set(func(p *mailtest.Provider) { p.Fails = times })
	case "rotate":
		p.Set(func(p *mailtest.Provider) { p.Rotate = true })
	case "secret":
		p.Set(func(p *mailtest.Provider) { p.ClientSecret = args[1] })
	default:
		ts.Fatalf("usage: provider expire|revoke|deny|busy|rotate|secret")
	}
}

// noSecrets looks for what the provider gave out in a file, "stdout" or "stderr".
func noSecrets(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		text := ts.ReadFile(name)
		for _, secret := range ts.Value("provider").(*mailtest.Provider).Secrets() {
			if strings.Contains(text, secret) != neg {
				ts.Fatalf("%s: a secret stands in it: %v\n%s", name, !neg, text)
			}
		}
	}
}

// browserMain is a browser that agrees to everything.
func browserMain() {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, os.Args[len(os.Args)-1], nil)
	if err == nil {
		var answer *http.Response
		if answer, err = http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
