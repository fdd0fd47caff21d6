package imap

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// Examine lets Stored and Read work, and is EXAMINE.
func TestExamine(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mailtest.Load(t, server.IMAP, user, mailtest.Corpus(1, 30, mailtest.CorpusOptions{Small: true}))
	d := open(t, server.IMAP, user).(transfer.Examiner)
	inbox := transfer.Folder{Path: []string{"INBOX"}}
	box, err := d.Examine(t.Context(), inbox)
	if err != nil || box.Count == 0 || box.Epoch == "" {
		t.Fatalf("got %+v, %v", box, err)
	}
	var uids []uint32
	for m, err := range d.(transfer.Dest).Stored(t.Context(), inbox, 1, nil) {
		if err != nil {
			t.Fatal(err)
		}
		uids = append(uids, m.UID)
	}
	read := 0
	for got, err := range d.(transfer.Dest).Read(t.Context(), inbox, uids) {
		if err != nil || got.Err != nil {
			t.Fatal(err, got.Err)
		}
		io.Copy(io.Discard, got.Body)
		read++
	}
	if len(uids) != box.Count || read != box.Count {
		t.Errorf("got %d messages stored and %d read of %d", len(uids), read, box.Count)
	}
	if _, err := d.Examine(t.Context(), transfer.Folder{Path: []string{"nowhere"}}); err == nil {
		t.Error("got no error for a folder that is not there")
	}
}

func TestForetell(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{QuotaBytes: 5 << 20, QuotaMessages: 50})
	user := server.NewUser()
	mailtest.Load(t, server.IMAP, user, mailtest.Corpus(1, 20, mailtest.CorpusOptions{Small: true}))
	d := open(t, server.IMAP, user).(transfer.Foreteller)
	told, err := d.Foretell(t.Context(), nil)
	if err != nil || len(told.Quotas) != 2 {
		t.Fatalf("got %+v, %v; want two quotas", told, err)
	}
	for _, q := range told.Quotas {
		if limit := map[bool]int64{true: 50, false: 5 << 20}[q.Messages]; q.Limit != limit || q.Used == 0 || q.Used >= limit {
			t.Errorf("got %+v, want a limit of %d, some of it used", q, limit)
		}
	}
	if told.Earliest.Year() != 1970 || told.Latest.Year() != 2037 {
		t.Errorf("got dates from %v to %v", told.Earliest, told.Latest)
	}
	told, err = d.Foretell(t.Context(), []transfer.Flag{"$Fine", "not (fine)"})
	if err != nil || told.Keywords["$Fine"] != "" || !strings.Contains(told.Keywords["not (fine)"], "became") {
		t.Errorf("got %q, %v; want a word about the second", told.Keywords, err)
	}
}

// Where EXAMINE tells nothing, SELECT is only used if it takes \Recent from nobody.
func TestForetellKeepsRecent(t *testing.T) {
	for recent, want := range map[string][]string{
		"0": {"EXAMINE", "STATUS", "SELECT"},
		"2": {"EXAMINE", "STATUS"},
	} {
		addr, got := scripted(t, "^"+want[len(want)-1],
			answer{"^EXAMINE", []string{`* FLAGS (\Seen)`, "* OK [PERMANENTFLAGS ()] none", "* OK [UIDVALIDITY 1] x", "TAG OK [READ-ONLY] done"}},
			answer{"^STATUS", []string{"* STATUS INBOX (RECENT " + recent + ")", "TAG OK done"}},
			answer{"^SELECT", []string{`* FLAGS (\Seen)`, `* OK [PERMANENTFLAGS (\Seen)] no new ones`, "* OK [UIDVALIDITY 1] x", "TAG OK done"}},
		)
		d := open(t, addr, "anna").(transfer.Foreteller)
		told, err := d.Foretell(t.Context(), []transfer.Flag{"Work"})
		if err != nil {
			t.Fatal(err)
		}
		var sent []string
		for _, command := range got() {
			if name, _, _ := strings.Cut(command, " "); slices.Contains([]string{"EXAMINE", "STATUS", "SELECT"}, name) {
				sent = append(sent, name)
			}
		}
		if !slices.Equal(sent, want) || (told.Keywords["Work"] != "") != (recent == "0") {
			t.Errorf("%s recent: got %q sent and %q told, want %q", recent, sent, told.Keywords, want)
		}
	}
}
