package transfer_test

import (
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// The newest 512 come before the 512 before them, over pages as well, once each;
// INBOX comes before a larger folder.
func TestNewestFirst(t *testing.T) {
	ms := messages(9001)
	f := newFlow(t, transfertest.ServerOptions{},
		transfertest.MailFolder{Path: []string{"Old"}, Epoch: "1", Messages: ms[:20]},
		stateless(ms[:10]...),
		transfertest.MailFolder{Path: []string{"Large"}, Epoch: "1", Messages: ms})
	f.job.Newest, f.job.Lanes = true, 1
	var done []string
	f.job.Watch = func(e transfer.Event) {
		if e.Kind == transfer.EventDone {
			done = append(done, e.Folder)
		}
	}
	f.mustRun(transfer.Tally{Copied: 9031})
	if len(done) == 0 || done[0] != "INBOX" {
		t.Errorf("got folders %q, want INBOX first", done)
	}
	got := f.server.Messages("Large")
	if len(got) != len(ms) {
		t.Fatalf("got %d messages, want %d", len(got), len(ms))
	}
	// Pages begin where they do from the front: the last one holds 809.
	for at, end := 0, len(ms); end > 0; {
		begin := max((end-1)/4096*4096, end-512)
		for _, m := range ms[begin:end] {
			if string(got[at].Body) != string(m.Body) {
				t.Fatalf("message %d at the destination is not number %s", at, m.ID)
			}
			at++
		}
		end = begin
	}
	f.mustRun(transfer.Tally{Present: 9031})
}
