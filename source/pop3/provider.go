package pop3

import "strings"

// places are providers whose POP3 is less than their IMAP, by the end of the host's
// name.
var places = []struct{ pop, imap, way string }{
	{"pop.gmail.com", "imap.gmail.com", gmailWay},
	{"pop.googlemail.com", "imap.gmail.com", gmailWay},
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

const gmailWay = "Gmail shows some 250 messages at a time over POP3 (mailhaul asks until there are no more), those that you have sent among them, and none that another program has fetched before. " +
	"On its web page, Settings, Forwarding and POP/IMAP, \"Enable POP for all mail\" has it show them again; have it keep Gmail's copy there, too"

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
