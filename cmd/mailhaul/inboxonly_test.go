package main

import (
	"strings"
	"testing"
)

func TestInboxOnly(t *testing.T) {
	known, err := (&world{}).providers()
	if err != nil {
		t.Fatal(err)
	}
	for endpoint, want := range map[string]string{
		"pop3s://anna@gmail.com@pop.gmail.com":      ` not seen. imaps://anna@gmail.com@imap.gmail.com brings them.`,
		"pop3s://anna@pop.old.example:34995":        ` not seen. If it speaks IMAP too, imaps://anna@imap.old.example brings them.`,
		"pop3://anna@mail.old.example":              ` not seen. If it speaks IMAP too, imaps://anna@mail.old.example brings them.`,
		"imaps://anna@imap.old.example":             "",
		"pop3s://anna@yahoo.com@pop.mail.yahoo.com": ` not seen. imaps://anna@yahoo.com@export.imap.mail.yahoo.com brings them.`,
	} {
		var s side
		if s.Endpoint, err = readEndpoint(endpoint); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(inboxOnly(known, []side{s}), " ")
		if !strings.HasSuffix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: got %q, want it to end with %q", endpoint, got, want)
		}
	}
	for said, want := range map[string]string{"older-than=4w": "mail older than 28 days will be", "all": "all mail will be", "none": "no mail will be"} {
		if got := seenNote(said); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", said, got, want)
		}
	}
}
