package provider

import "strings"

// refusal is what a provider says, and what helps.
type refusal struct {
	providers []string // by name; any if there is none
	words     []string // in lower case, one of which it says; any refused sign-in if there is none
	hint      string   // %a is the user name, %u where an app password is made
}

var (
	google    = []string{"Gmail"}
	microsoft = []string{"Outlook.com", "Microsoft 365"}
	yahoo     = []string{"Yahoo", "AOL"}
	unitedNet = []string{"GMX", "GMX International", "WEB.DE", "mail.com"}
	zoho      = []string{"Zoho", "Zoho Europe"}
)

// refusals is the table: the first row that fits counts. The words are the
// servers' own; hints_test.go has them whole, with where they were seen.
var refusals = []refusal{
	{google, []string{"application-specific password required"},
		"Gmail takes no account password here. Make an app password at %u (2-step verification must be on) and use that one"},
	{google, []string{"web login required", "log in via your web browser"},
		"Google wants to see you first: sign in as %a with a web browser from this network, then run the same command again"},
	{google, []string{"disabled for your domain"},
		"the administrator has to allow it: Admin console, Apps, Google Workspace, Gmail, End User Access, POP and IMAP access"},
	{google, []string{"not enabled for imap"}, "switch IMAP on in Gmail's settings, under Forwarding and POP/IMAP, then run the same command again"},
	{google, []string{"not enabled for pop"}, "switch POP on in Gmail's settings, under Forwarding and POP/IMAP, for all mail; or use imaps://, which keeps folders"},
	{google, []string{"too many simultaneous connections"}, "close other mail programs of this mailbox, or use --connections 1"},
	{google, []string{"command or bandwidth limits"},
		"Gmail lets about 2.5 GB a day be fetched and 500 MB be put: run the same command again tomorrow, it goes on where it stopped"},
	{google, nil, "Gmail takes no account password here. Make an app password at %u and use that one; the user is the whole address"},

	{microsoft, []string{"account is blocked"}, "sign in as %a with a web browser, and do what Microsoft asks for there"},
	{microsoft, []string{"authenticated but not connected"},
		"the sign-in is right, the mailbox is not to be had: too many connections (wait some minutes, use --connections 1), IMAP switched off for it, or %a is not its name"},
	{microsoft, []string{"accesstokenexpired"}, "run the same command again: it signs in anew and goes on where it stopped"},
	{microsoft, []string{"throttled"}, "Microsoft wants a pause: run the same command again later, it goes on where it stopped"},
	{microsoft, nil, "Microsoft takes neither passwords nor app passwords here any more. Sign in with OAuth2: mailhaul login %a"},

	{yahoo, []string{"rate limit", "[limit]"}, "%p wants a pause: run the same command again later, it goes on where it stopped"},
	{yahoo, nil, "%p takes no account password here. Make an app password at %u and use that one; the user is the whole address"},

	{[]string{"iCloud"}, nil, "iCloud takes no account password here. Make an app-specific password at %u and use that one; the user is the part before the @"},
	{[]string{"Fastmail"}, nil, "Fastmail takes no account password here. Make an app password for IMAP at %u and use that one; the user is the whole address"},
	{unitedNet, nil, "POP3 and IMAP are off at %p until you switch them on: web mail, Settings, POP3/IMAP; and again after a long pause. With two-factor sign-in use an app password"},

	{zoho, []string{"unusual activity"}, "Zoho has locked IMAP for a while: sign in with a web browser, and run the same command again later with --connections 1"},
	{zoho, []string{"not yet enabled for imap", "imap access", "enabled for imap"}, "switch IMAP on in Zoho's settings, under Mail Accounts (the free plan has none); or the administrator has to"},
	{zoho, nil, "with two-factor sign-in Zoho wants an app password, from %u; accounts of other regions have other servers, like imap.zoho.eu and imap.zoho.in"},

	{[]string{"Yandex"}, nil, "switch IMAP on in Yandex Mail (All settings, Email clients), make an app password at %u and use that one"},
	{[]string{"Mail.ru"}, nil, "Mail.ru takes no account password here. Make a password for external applications at %u and use that one"},
	{[]string{"Comcast"}, nil, "allow third party access in the security settings of Xfinity Connect, then run the same command again"},
	{[]string{"AT&T"}, nil, "AT&T wants a secure mail key in place of the password: make one in the account's sign-in settings"},
	{[]string{"T-Online"}, nil, "T-Online wants the e-mail password that is set in the customer centre, not the one of its web pages"},
}

// Hint is what to do about a refusal of a known provider, "" if nobody knows.
// host is the server's, user the name that was used, words what it said; signIn
// tells that it refused the sign-in.
func (k *Known) Hint(host, user, words string, signIn bool) string {
	p := k.ByHost(host)
	if p == nil {
		return ""
	}
	words = strings.ToLower(words)
	for _, r := range refusals {
		if r.fits(p.Name, words, signIn) {
			return strings.NewReplacer("%a", user, "%u", p.AppPassword.Is, "%p", p.Name).Replace(r.hint)
		}
	}
	if signIn && p.SwitchOn.Is != "" {
		return "first switch on at " + p.Name + ": " + p.SwitchOn.Is
	}
	return ""
}

func (r refusal) fits(provider, words string, signIn bool) bool {
	here := false
	for _, name := range r.providers {
		here = here || name == provider
	}
	if !here || len(r.words) == 0 {
		return here && signIn
	}
	for _, w := range r.words {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
}
