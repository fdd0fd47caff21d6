package pop3

import (
	"strings"
	"testing"
)

func TestPlaceNotes(t *testing.T) {
	for host, want := range map[string]string{
		"POP.gmail.com":         "none that another program has fetched before",
		"pop.gmail.com":         "IMAP, too, at imap.gmail.com",
		"outlook.office365.com": "what POP3 clients have fetched",
		"pop3.web.de":           "IMAP, too, at imap.web.de",
		"pop.example.org":       "",
	} {
		if got := strings.Join(placeNotes(host), "; "); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
}
