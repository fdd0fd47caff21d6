package pop3

import "strings"

// places are providers whose POP3 is less than their IMAP, by the end of the host's
// name.
var places = []struct{ pop, imap, way string }{
	{"pop.gmail.com", "imap.gmail.com", "Gmail hands out some hundred messages at a time over POP3, those sent among them, and hides what was fetched before: run the command again until nothing is new; as user recent:NAME@gmail.com it shows the last 30 days once more"},
	{"pop.googlemail.com", "imap.gmail.com", "Gmail hands out some hundred messages at a time over POP3 and hides what was fetched before: run the command again until nothing is new"},
	{"outlook.office365.com", "outlook.office365.com", "Outlook may move or delete what POP3 clients have fetched: see Settings, Mail, Forwarding and IMAP, before you copy"},
	{"pop-mail.outlook.com", "outlook.office365.com", "Outlook may move or delete what POP3 clients have fetched: see Settings, Mail, Forwarding and IMAP, before you copy"},
	{"pop.mail.yahoo.com", "imap.mail.yahoo.com", ""},
	{"pop.aol.com", "imap.aol.com", ""},
	{"pop.gmx.net", "imap.gmx.net", ""},
	{"pop.gmx.com", "imap.gmx.com", ""},
	{"pop3.web.de", "imap.web.de", ""},
	{"pop.zoho.com", "imap.zoho.com", ""},
	{"pop.fastmail.com", "imap.fastmail.com", ""},
	{"securepop.t-online.de", "secureimap.t-online.de", ""},
}

// placeNotes are what the user of that server should know.
func placeNotes(host string) (notes []string) {
	for _, p := range places {
		if !strings.EqualFold(host, p.pop) {
			continue
		}
		if p.way != "" {
			notes = append(notes, p.way)
		}
		return append(notes, "this provider has IMAP, too, at "+p.imap+": it knows folders and what was read, POP3 the inbox alone")
	}
	return nil
}
