package provider

import (
	"strings"
	"testing"
)

// TestHints: the servers' own words, and where they were seen. Those without a
// place are as they are generally known.
func TestHints(t *testing.T) {
	const (
		gmail, office = "imap.gmail.com", "outlook.office365.com"
		signIn, later = true, false
	)
	for _, tc := range []struct {
		host, words string
		signIn      bool
		want        string // a part of the hint
	}{
		// github.com/LukeSmithxyz/mutt-wizard/issues/831, 2022; imapsync/imapsync/issues/175, 2019
		{gmail, "[ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)", signIn,
			"Make an app password at https://myaccount.google.com/apppasswords"},
		// github.com/andreiaugustin/gmail_extractor/issues/4, 2023
		{gmail, "[AUTHENTICATIONFAILED] Invalid credentials (Failure)", signIn, "Make an app password at https://myaccount.google.com/apppasswords"},
		// github.com/pmengal/MailSystem.NET/issues/17, 2017; smiley22/S22.Imap/issues/116, 2015
		{gmail, "[WEBALERT https://accounts.google.com/signin/continue?sarp=1] Web login required.", signIn, "sign in as anna with a web browser"},
		{gmail, "[ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)", signIn, "sign in as anna with a web browser"},
		{gmail, "[ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable your account for IMAP access. (Failure)", signIn, "switch IMAP on"},
		{gmail, "[ALERT] IMAP access is disabled for your domain. Please contact your domain administrator for questions about this feature. (Failure)", signIn, "administrator"},
		{"pop.gmail.com", "[SYS/PERM] Your account is not enabled for POP access. Please visit your Gmail settings page and enable your account for POP access.", signIn, "switch POP on"},
		{"pop.gmail.com", "[AUTH] Username and password not accepted.", signIn, "app password"},
		{gmail, "[ALERT] Too many simultaneous connections. (Failure)", later, "--connections 1"},
		{gmail, "[OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", later, "again tomorrow"},
		{gmail, "[NONEXISTENT] Unknown Mailbox: Foo (Failure)", later, ""},

		// github.com/imapsync/imapsync/issues/317, 2022; mjs/imapclient/issues/602, 2024
		{office, "LOGIN failed.", signIn, "mailhaul login anna"},
		{office, "AUTHENTICATE failed.", signIn, "mailhaul login anna"},
		// github.com/holon-run/uxc/issues/445, 2026
		{office, "Basic authentication is disabled.", signIn, "mailhaul login anna"},
		{office, `"AuthFailed:LogonDenied-BasicAuthBlocked-User:SpecificAccount"`, signIn, "mailhaul login anna"},
		{office, "Logon failure: unknown user name or bad password.", signIn, "mailhaul login anna"},
		// github.com/mscdex/node-imap/issues/799, 2020
		{office, "LOGIN failed. Account is blocked. Login to your account via a web browser to verify your identity.", signIn, "do what Microsoft asks"},
		// github.com/mscdex/node-imap/issues/523
		{office, "User is authenticated but not connected.", later, "--connections 1"},
		// github.com/imapsync/imapsync/issues/250, 2023; 198, 2019
		{office, "Session invalidated - AccessTokenExpired", later, "signs in anew"},
		{office, "Request is throttled. Suggested Backoff Time: 299609 milliseconds", later, "wants a pause"},

		// github.com/OfflineIMAP/offlineimap/issues/688, 2021; Enough-Software/enough_mail/issues/245, 2024
		{"imap.mail.yahoo.com", "[AUTHENTICATIONFAILED] LOGIN Invalid credentials", signIn, "app password at https://login.yahoo.com/"},
		{"export.imap.mail.yahoo.com", "[AUTHENTICATIONFAILED] AUTHENTICATE Invalid credentials", signIn, "Yahoo takes no account password"},
		{"imap.aol.com", "[AUTHENTICATIONFAILED] LOGIN Invalid credentials", signIn, "AOL takes no account password"},
		{"imap.mail.yahoo.com", "[LIMIT] UID FETCH Rate limit hit.", later, "wants a pause"},

		// github.com/mscdex/node-imap/issues/839, 2021
		{"imap.mail.me.com", "[AUTHENTICATIONFAILED] Authentication Failed", signIn, "app-specific password at https://account.apple.com"},
		// github.com/Foundry376/Mailspring/issues/2217, 2020
		{"imap.fastmail.com", "Incorrect username or password.", signIn, "app password for IMAP at https://app.fastmail.com/"},
		// github.com/thunderbird/thunderbird-android/issues/5780, 2021; jens-maus/yam/issues/638, 2017
		{"imap.web.de", "authentication failed", signIn, "off at WEB.DE until you switch them on"},
		{"pop.gmx.net", "authentication failed", signIn, "off at GMX until you switch them on"},
		{"imap.gmx.com", "authentication failed", signIn, "off at GMX International"},

		{"imap.zoho.com", "[ALERT] Your account is not yet enabled for IMAP access. Please contact your administrator (Failure)", signIn, "switch IMAP on in Zoho"},
		{"imap.zoho.eu", "[ALERT] IMAP access blocked for unusual activity", signIn, "locked IMAP for a while"},
		{"imap.zoho.eu", "[AUTHENTICATIONFAILED] Invalid credentials(Failure)", signIn, "app password, from https://accounts.zoho.eu/"},
		// github.com/Foundry376/Mailspring/issues/2111, 2020
		{"imap.yandex.com", "[AUTHENTICATIONFAILED] LOGIN invalid credentials or IMAP is disabled sc=cYXlpv732Cg1_010534", signIn, "switch IMAP on in Yandex"},
		{"imap.mail.ru", "Application password is REQUIRED", signIn, "external applications at https://account.mail.ru/"},
		{"imap.orange.fr", "[AUTHENTICATIONFAILED] Authentication failed.", signIn, ""},
		{"imap.example.org", "[AUTHENTICATIONFAILED] Authentication failed.", signIn, ""},
	} {
		got := Presets().Hint(tc.host, "anna", tc.words, tc.signIn)
		if tc.want == "" && got != "" || !strings.Contains(strings.ToLower(got), strings.ToLower(tc.want)) {
			t.Errorf("%s says %q: got hint %q, want %q in it", tc.host, tc.words, got, tc.want)
		}
		if strings.Contains(got, "%") {
			t.Errorf("%s says %q: got hint %q, want nothing left to fill in", tc.host, tc.words, got)
		}
	}
}

// TestHintsOfEveryProvider: whoever is known to want something else than the
// password has a hint for a refused sign-in.
func TestHintsOfEveryProvider(t *testing.T) {
	k := Presets()
	for _, p := range k.rows() {
		if p.Takes(Password) && p.SwitchOn.Is == "" || p.Name == "Proton" {
			continue
		}
		for _, e := range p.servers() {
			if k.Hint(e.Host, "anna", "NO", true) == "" {
				t.Errorf("%s at %s: got no hint for a refused sign-in", p.Name, e.Host)
			}
		}
	}
	for _, r := range refusals {
		for _, name := range r.providers {
			if k.first(func(p *Provider) bool { return p.Name == name }) == nil {
				t.Errorf("the hint %q is for %q, which is not known", r.hint, name)
			}
		}
	}
}
