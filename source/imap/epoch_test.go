package imap

import (
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// A server that keeps UIDVALIDITY to itself until a folder is opened, as by
// refusing STATUS for it, must not have its folders taken for made anew.
func TestEpochIsLearnedByOpening(t *testing.T) {
	without := func(line string) string {
		if strings.HasPrefix(line, "* STATUS") {
			return `* STATUS "INBOX" ()`
		}
		return line
	}
	for name, fault := range map[string]imapserver.Fault{
		"STATUS refused":    {On: "STATUS", Times: imapserver.Always, Say: "NO [NOPERM] not yours"},
		"STATUS tells none": {On: "STATUS", Times: imapserver.Always, Line: without},
	} {
		t.Run(name, func(t *testing.T) {
			server := imapserver.Start(t, imapserver.Options{Capabilities: []string{"IMAP4rev1"}, Faults: []imapserver.Fault{fault}})
			s := open(t, server.Addr, "anna")
			folders, err := s.Folders(t.Context())
			if err != nil || len(folders) != 1 || folders[0].Epoch != "1001" {
				t.Fatalf("got %+v, %v, want INBOX with the epoch 1001", folders, err)
			}
			for m, err := range s.List(t.Context(), folders[0], "") {
				t.Errorf("got %+v, %v, want an empty folder", m, err)
			}
		})
	}
}
