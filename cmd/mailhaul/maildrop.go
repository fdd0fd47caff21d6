package main

import (
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

// emptied tells of POP3 sources that hold nothing, and where the mail may be.
func (h *haul) emptied(r transfer.Report) (notes []string) {
	for _, s := range h.sources {
		name := s.Endpoint.String()
		holds := func(f transfer.FolderReport) bool { return f.Source == name && (f.Tally.Messages > 0 || f.Err != nil) }
		if !s.isPOP3() || h.clearance.wanted || len(r.Folders) == 0 || slices.ContainsFunc(r.Folders, holds) {
			continue
		}
		why := "the maildrop is empty. Most mail programs delete there what they have fetched and keep it on their own disk: name their folder as one more source (mailhaul help pop3)"
		if slices.ContainsFunc(r.Folders, func(f transfer.FolderReport) bool { return f.Source == name && f.Rationed }) {
			why = "Gmail shows nothing that was not fetched before; on its web page, Settings, Forwarding and POP/IMAP, \"Enable POP for all mail\" has it show all again"
		}
		notes = append(notes, name+": "+why)
	}
	return notes
}
