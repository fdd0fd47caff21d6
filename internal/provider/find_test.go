package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

func TestFind(t *testing.T) {
	both := autoconfig(
		server("pop3", "pop.old.example", "995", "SSL", "%EMAILLOCALPART%"),
		server("imap", "imap.old.example", "143", "STARTTLS", "%EMAILADDRESS%"),
		server("imap", "imap.old.example", "993", "SSL", "%EMAILADDRESS%"))
	tests := []struct {
		name    string
		address string
		world   *outside
		want    string
	}{
		{name: "a preset needs nobody", address: "anna@gmail.com", want: `
vouched imaps://anna@gmail.com@imap.gmail.com | preset Gmail (Mozilla's list of providers, github.com/thunderbird/autoconfig, 2026-03-12)
vouched pop3s://anna@gmail.com@pop.gmail.com | preset Gmail (Mozilla's list of providers, github.com/thunderbird/autoconfig, 2026-03-12)`},
		{name: "the local part alone signs in", address: "anna@icloud.com", want: `
vouched imaps://anna@imap.mail.me.com | preset iCloud (Mozilla's list of providers, github.com/thunderbird/autoconfig, 2026-03-12)`},
		{name: "autoconfig of the provider: IMAP first, TLS at once first", address: "anna@old.example",
			world: &outside{pages: map[string]string{"autoconfig.old.example/mail/config-v1.1.xml": both}}, want: `
vouched imaps://anna@old.example@imap.old.example | https://autoconfig.old.example/mail/config-v1.1.xml
vouched imap://anna@old.example@imap.old.example | https://autoconfig.old.example/mail/config-v1.1.xml
vouched pop3s://anna@pop.old.example | https://autoconfig.old.example/mail/config-v1.1.xml`},
		{name: "well-known, after a redirect that stays with https", address: "anna@old.example",
			world: &outside{pages: map[string]string{
				"old.example/.well-known/autoconfig/mail/config-v1.1.xml": "-> https://www.old.example/auto.xml",
				"www.old.example/auto.xml":                                autoconfig(server("imap", "imap.%EMAILDOMAIN%", "993", "SSL", "%EMAILADDRESS%")),
			}}, want: `
vouched imaps://anna@old.example@imap.old.example | https://old.example/.well-known/autoconfig/mail/config-v1.1.xml`},
		{name: "Mozilla's list", address: "anna@old.example",
			world: &outside{pages: map[string]string{"list.example/v1.1/old.example": autoconfig(server("pop3", "pop.old.example", "995", "SSL", "%EMAILADDRESS%"))}}, want: `
vouched pop3s://anna@old.example@pop.old.example | https://list.example/v1.1/old.example`},
		{name: "SRV inside the domain is proved by the certificate, one that leads out is not", address: "anna@old.example",
			world: &outside{dns: []string{
				"_imaps._tcp.old.example SRV 0 1 10993 imap.old.example", "_pop3s._tcp.old.example SRV 0 1 995 pop.evil.example",
				"_imap._tcp.old.example SRV 0 0 0 ."}}, want: `
vouched imaps://anna@old.example@imap.old.example:10993 | SRV record _imaps._tcp.old.example
derived pop3s://anna@old.example@pop.evil.example | SRV record _pop3s._tcp.old.example`},
		{name: "a vouched STARTTLS goes before a derived TLS", address: "anna@old.example",
			world: &outside{
				pages: map[string]string{"autoconfig.old.example/mail/config-v1.1.xml": autoconfig(server("imap", "imap.old.example", "143", "STARTTLS", "%EMAILADDRESS%"))},
				dns:   []string{"_imaps._tcp.old.example SRV 0 1 993 imap.evil.example"}}, want: `
vouched imap://anna@old.example@imap.old.example | https://autoconfig.old.example/mail/config-v1.1.xml
derived imaps://anna@old.example@imap.evil.example | SRV record _imaps._tcp.old.example`},
		{name: "a firm at Google, by its MX record", address: "anna@firm.example",
			world: &outside{dns: []string{"firm.example MX 5 alt1.aspmx.l.google.com", "firm.example MX 1 aspmx.l.google.com"}}, want: `
derived imaps://anna@firm.example@imap.gmail.com | preset Gmail, by the MX record of firm.example (Mozilla's list of providers, github.com/thunderbird/autoconfig, 2026-03-12)
derived pop3s://anna@firm.example@pop.gmail.com | preset Gmail, by the MX record of firm.example (Mozilla's list of providers, github.com/thunderbird/autoconfig, 2026-03-12)`},
		{name: "a firm at a provider with autoconfig, by its MX record", address: "anna@firm.example",
			world: &outside{
				dns:   []string{"firm.example MX 5 mx3.mail.provider.example"},
				pages: map[string]string{"autoconfig.provider.example/mail/config-v1.1.xml": autoconfig(server("imap", "imap.provider.example", "993", "SSL", "%EMAILADDRESS%"))}}, want: `
derived imaps://anna@firm.example@imap.provider.example | https://autoconfig.provider.example/mail/config-v1.1.xml, by the MX record of firm.example`},
		{name: "a domain in other letters", address: "anna@MÜNCHEN.example",
			world: &outside{dns: []string{"_imaps._tcp.xn--mnchen-3ya.example SRV 0 1 993 imap.xn--mnchen-3ya.example"}}, want: `
vouched imaps://anna@xn--mnchen-3ya.example@imap.xn--mnchen-3ya.example | SRV record _imaps._tcp.xn--mnchen-3ya.example`},
		{name: "nothing", address: "anna@old.example"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			world := tc.world
			if world == nil {
				world = &outside{}
			}
			found := world.find(t, tc.address)
			if got, want := strings.TrimSpace(found.text()), strings.TrimSpace(tc.want); got != want {
				t.Errorf("got\n%s\nwant\n%s\nasked: %q", got, want, found.Asked)
			}
		})
	}
}

// TestAutoconfigRefused: what a document may not say, and where it may not come from.
func TestAutoconfigRefused(t *testing.T) {
	const place = "autoconfig.old.example/mail/config-v1.1.xml"
	tests := []struct{ name, page, answer string }{
		{"no TLS", autoconfig(server("imap", "imap.old.example", "143", "plain", "%EMAILADDRESS%")), "0 servers; IMAP left out: it is without TLS"},
		{"a host that cannot be", autoconfig(server("imap", "evil.example/x", "993", "SSL", "%EMAILADDRESS%")), "0 servers; IMAP left out: it names a host"},
		{"a user that cannot be", autoconfig(server("imap", "imap.old.example", "993", "SSL", "a&#10;b")), "0 servers; IMAP left out: it names a host or user that cannot be"},
		{"an unknown placeholder", autoconfig(server("imap", "imap.old.example", "993", "SSL", "%REALNAME%")), "0 servers; IMAP left out: it wants a user name"},
		{"no port", autoconfig(server("imap", "imap.old.example", "0", "SSL", "%EMAILADDRESS%")), "0 servers; IMAP left out: it has no port"},
		{"a web page", "<html><body>Welcome", "it is no autoconfig document"},
		{"only Exchange", autoconfig(server("exchange", "imap.old.example", "443", "SSL", "x")), "it names no IMAP or POP3 server"},
		{"a redirect away from https", "-> http://old.example/config.xml", "it leads away from https"},
		{"a ring of redirects", "-> https://" + place, "more than 3 redirects"},
		{"too large", strings.Repeat(" ", webLimit+1), "it has more than 256 KiB"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			world := outside{pages: map[string]string{place: tc.page}}
			found := world.find(t, "anna@old.example")
			if got := found.Asked[0].Answer; !strings.HasPrefix(got, tc.answer) || len(found.Offers) > 0 {
				t.Errorf("got %q and %d offers, want %q and none", got, len(found.Offers), tc.answer)
			}
		})
	}
}

// TestRedirects: as many as the limit lead to the document, one more does not.
func TestRedirects(t *testing.T) {
	for n := redirects - 1; n <= redirects+1; n++ {
		world := outside{pages: map[string]string{"autoconfig.old.example/mail/config-v1.1.xml": "-> https://www.old.example/1"}}
		for i := 1; i < n; i++ {
			world.pages[fmt.Sprintf("www.old.example/%d", i)] = fmt.Sprintf("-> https://www.old.example/%d", i+1)
		}
		world.pages[fmt.Sprintf("www.old.example/%d", n)] = autoconfig(server("imap", "imap.old.example", "993", "SSL", "%EMAILADDRESS%"))
		found := world.find(t, "anna@old.example")
		if got, want := len(found.Offers), map[bool]int{true: 1, false: 0}[n <= redirects]; got != want {
			t.Errorf("%d redirects: got %d offers, want %d: %q", n, got, want, found.Asked)
		}
	}
}

// TestWhoLearnsTheAddress: the provider's own server alone, and no web page of
// another domain.
func TestWhoLearnsTheAddress(t *testing.T) {
	world := outside{
		dns: []string{"firm.example MX 5 mx.provider.example"},
		pages: map[string]string{
			"autoconfig.firm.example/x": "", "firm.example/x": "", "list.example/x": "", "autoconfig.provider.example/x": "",
		},
	}
	found := world.find(t, "anna.secret@firm.example")
	told := 0
	for _, url := range world.asked {
		if strings.Contains(url, "anna") {
			told++
			if !strings.HasPrefix(url, "autoconfig.firm.example/") {
				t.Errorf("got the address in %q", url)
			}
		}
	}
	if len(world.asked) < 5 || told != 1 {
		t.Errorf("got %d questions, %d with the address, want 5 and 1: %q", len(world.asked), told, world.asked)
	}
	for _, a := range found.Asked {
		if strings.Contains(a.Where+a.Answer, "anna") {
			t.Errorf("got the address in %q", a)
		}
	}
}

// TestGuess: a usual name counts only if the right kind of server shows a valid
// certificate there.
func TestGuess(t *testing.T) {
	world := outside{servers: map[string]string{
		"imap.old.example:993": greeter(t, mailtest.CertExpired, "* OK hello"),
		"mail.old.example:993": greeter(t, mailtest.CertGood, "* OK hello"),
		"pop.old.example:995":  greeter(t, mailtest.CertGood, "* OK this is IMAP"),
		"pop3.old.example:995": greeter(t, mailtest.CertWrongName, "+OK hello"),
		"mail.old.example:995": greeter(t, mailtest.CertGood, "+OK hello"),
	}}
	got := world.find(t, "anna@old.example").text()
	want := "guessed imaps://anna@old.example@mail.old.example | a guess: a server greets there\n" +
		"guessed pop3s://anna@old.example@mail.old.example | a guess: a server greets there\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestGuessStartTLS: STARTTLS is tried where nothing speaks TLS at once.
func TestGuessStartTLS(t *testing.T) {
	clear := mailtest.Fake(t, func(c *mailtest.FakeConn) {
		c.Send("* OK hello")
		c.Wait()
	})
	world := outside{servers: map[string]string{"mail.old.example:143": clear}}
	if got, want := world.find(t, "anna@old.example").text(), "guessed imap://anna@old.example@mail.old.example | a guess: a server greets there\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSlowServers: whoever does not answer costs a bounded time.
func TestSlowServers(t *testing.T) {
	silent := mailtest.Fake(t, func(c *mailtest.FakeConn) { c.Wait() })
	world := outside{servers: map[string]string{"imap.old.example:993": silent, "imap.old.example:143": silent}}
	f := world.finder(t)
	f.Greeting = 200 * time.Millisecond
	a, _ := ParseAddress("anna@old.example")
	began := time.Now()
	found, err := f.Find(t.Context(), a)
	if err != nil || len(found.Offers) > 0 {
		t.Errorf("got %v and %v, want nothing", found.Offers, err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("got an answer after %s, want it within the time that two silent servers have", took)
	}
}

func TestBest(t *testing.T) {
	found := outside{}
	yahoo := found.find(t, "anna@yahoo.com")
	if o, ok := yahoo.Best(true); !ok || o.Host != "export.imap.mail.yahoo.com" {
		t.Errorf("got %q for reading, want the export server", o.Host)
	}
	if o, ok := yahoo.Best(false); !ok || o.Host != "imap.mail.yahoo.com" {
		t.Errorf("got %q for writing, want the usual server", o.Host)
	}
	popOnly := Found{Offers: []Offer{{}}}
	popOnly.Offers[0].Scheme = "pop3s"
	if _, ok := popOnly.Best(false); ok {
		t.Error("got POP3 for writing, want none")
	}
	if _, ok := popOnly.Best(true); !ok {
		t.Error("got none for reading, want POP3")
	}
}

func TestParseAddress(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"anna@Example.ORG", "anna@example.org"},
		{"an@na@example.org", "an@na@example.org"},
		{"anna@münchen.de", "anna@xn--mnchen-3ya.de"},
		{"anna", ""}, {"@example.org", ""}, {"anna@", ""}, {"anna@localhost", ""}, {"an\nna@example.org", ""}, {"anna@exa mple.org", ""},
	} {
		a, err := ParseAddress(tc.text)
		if got := a.String(); (err == nil) != (tc.want != "") || err == nil && got != tc.want {
			t.Errorf("%q: got %q and %v, want %q", tc.text, got, err, tc.want)
		}
	}
}
