package main

import (
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
)

// inboxOnly tells of each POP3 source what it does not show, and what would.
func inboxOnly(known *provider.Known, sources []side) (notes []string) {
	for _, s := range sources {
		if !s.maildrop() {
			continue
		}
		text := fmt.Sprintf("POP3 shows the inbox only: folders like Sent or Archive at %s, if there are any, are not seen.", s.Host)
		p := known.ByHost(s.Host)
		switch imap, sure := imapOf(p, s.Endpoint); {
		case sure:
			text += fmt.Sprintf(" %s brings them.", imap)
		case p == nil || p.IMAP.Is != "":
			text += fmt.Sprintf(" If it speaks IMAP too, %s brings them.", imap)
		}
		notes = append(notes, text)
	}
	return notes
}

// maildrop reports whether a side is read by POP3.
func (s side) maildrop() bool { return strings.HasPrefix(s.Scheme, "pop3") }

// imapOf is the account of a POP3 endpoint by IMAP: as its provider has it, else as
// such servers are mostly called.
func imapOf(p *provider.Provider, e dial.Endpoint) (imap dial.Endpoint, sure bool) {
	if p != nil {
		at := p.IMAP.Is
		if p.Export.Is != "" {
			at = p.Export.Is
		}
		if imap, err := dial.ParseEndpoint(strings.Replace(at, "://", "://user@", 1)); err == nil && at != "" {
			imap.User = e.User
			return imap, true
		}
	}
	imap = e.Over("imaps")
	for _, name := range []string{"pop.", "pop3."} {
		if rest, ok := strings.CutPrefix(imap.Host, name); ok {
			imap.Host = "imap." + rest
		}
	}
	return imap, false
}

// seenNote tells which mail from POP3 will be marked as read.
func seenNote(popSeen string) string {
	const head = "POP3 does not tell what was read: "
	switch age, aged := strings.CutPrefix(popSeen, "older-than="); {
	case aged:
		if days, err := parseDays(age); err == nil {
			return head + fmt.Sprintf("mail older than %s will be marked as read (--pop-seen)", counted(days, "day"))
		}
	case popSeen == "all":
		return head + "all mail will be marked as read (--pop-seen)"
	}
	return head + "no mail will be marked as read (--pop-seen)"
}
