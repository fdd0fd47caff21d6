package provider

import (
	"reflect"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// TestPresets: every value has an origin with a date, and no two providers claim
// the same domain.
func TestPresets(t *testing.T) {
	k := Presets()
	if len(k.rows()) < 25 {
		t.Errorf("got %d providers, want more", len(k.rows()))
	}
	owner := map[string]string{}
	for _, p := range k.rows() {
		for _, domain := range p.Domains.Is {
			if owner[domain] != "" {
				t.Errorf("%s is claimed by %s and %s", domain, owner[domain], p.Name)
			}
			owner[domain] = p.Name
			if k.ByDomain(domain) != p {
				t.Errorf("%s: its domain %s does not find it", p.Name, domain)
			}
			if ascii, err := HostASCII(domain); err != nil || ascii != domain {
				t.Errorf("%s: %q is no domain as the DNS knows it", p.Name, domain)
			}
		}
		if len(p.Domains.Is) == 0 || p.IMAP.Is == "" || p.Login.Is == "" || len(p.Ways.Is) == 0 {
			t.Errorf("%s has no domains, servers, login or ways", p.Name)
		}
		for i, row := 1, reflect.ValueOf(*p); i < row.NumField(); i++ {
			if said := row.Field(i); !said.Field(0).IsZero() && said.FieldByName("From").String() == "" {
				t.Errorf("%s: nobody knows where %s comes from", p.Name, row.Type().Field(i).Name)
			}
		}
		if got := len(p.origins()); got != reflect.TypeFor[Provider]().NumField()-1 {
			t.Errorf("%s: %d values have an origin, want all", p.Name, got)
		}
		for _, e := range p.servers() {
			if e.TLS == dial.None {
				t.Errorf("%s: %s is without TLS", p.Name, e)
			}
			if k.ByHost(e.Host) == nil && !dial.Loopback(e.Host) {
				t.Errorf("%s: its server %s does not find it", p.Name, e)
			}
		}
		if p.Takes(AppPassword) && p.AppPassword.Is != "" && !strings.HasPrefix(p.AppPassword.Is, "https://") {
			t.Errorf("%s: %q is no https URL", p.Name, p.AppPassword.Is)
		}
	}
}

func TestKnownBy(t *testing.T) {
	k := Presets()
	for _, tc := range []struct {
		got  *Provider
		want string
	}{
		{k.ByDomain("googlemail.com"), "Gmail"},
		{k.ByDomain("example.org"), ""},
		{k.ByMX("aspmx.l.google.com."), "Gmail"},
		{k.ByMX("FIRM-example.mail.protection.outlook.com"), "Microsoft 365"},
		{k.ByMX("hotmail-com.olc.protection.outlook.com"), "Outlook.com"},
		{k.ByMX("notgoogle.com"), ""},
		{k.ByHost("imap.gmail.com"), "Gmail"},
		{k.ByHost("export.imap.mail.yahoo.com"), "Yahoo"},
		{k.ByHost("127.0.0.1"), ""}, // the Proton Bridge is not all that is there
		{(*Known)(nil).ByHost("imap.gmail.com"), ""},
	} {
		got := ""
		if tc.got != nil {
			got = tc.got.Name
		}
		if got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

func TestOverride(t *testing.T) {
	k := Presets()
	err := k.Override([]byte(`
[[provider]]
name = "Gmail"
connections = { is = 4 }
domains = { is = ["gmail.com"], from = "my own look" }
[[provider]]
name = "Work"
domains = { is = ["work.example", "outlook.com"] }
imap = { is = "imaps://mail.work.example:1993" }
`), "providers.toml")
	if err != nil {
		t.Fatal(err)
	}
	gmail := k.ByHost("imap.gmail.com")
	if gmail.Connections != (Said[int]{4, "providers.toml"}) || gmail.IMAP.Is != "imaps://imap.gmail.com" {
		t.Errorf("got %+v and %+v, want 4 connections and the old server", gmail.Connections, gmail.IMAP)
	}
	if got := gmail.Domains; len(got.Is) != 1 || got.From != "my own look" {
		t.Errorf("got domains %+v, want one", got)
	}
	if got := k.ByDomain("outlook.com"); got.Name != "Work" {
		t.Errorf("got %s for outlook.com, want the user's own", got.Name)
	}
	if fresh := Presets().ByDomain("gmail.com"); fresh.Connections.Is != 15 {
		t.Errorf("got %d connections in a fresh table, want 15", fresh.Connections.Is)
	}
}

func TestOverrideRefused(t *testing.T) {
	for text, want := range map[string]string{
		`[[provider]]`: "has no name",
		"[[provider]]\nname = \"X\"\nimpa = { is = \"imaps://x.example\" }": `unknown key`,
		"[[provider]]\nname = \"X\"\nimap = { is = \"x.example\" }":         `provider "X": "x.example"`,
		"[[provider]]\nname = \"X\"\nlogin = { is = \"full\" }":             "login must be address or local",
		"[[provider]]\nname = \"X\"\nways = { is = [\"sms\"] }":             "ways: there are",
		"[[provider]": "providers.toml",
	} {
		err := Presets().Override([]byte(text), "providers.toml")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
