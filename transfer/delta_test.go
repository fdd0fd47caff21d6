package transfer_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// asked is what a checkpoint was asked for and has answered: spans and records.
type asked struct {
	transfer.Checkpoint
	ids, spans, records int
}

func (a *asked) Known(ctx context.Context, book int64, ids []string) (map[string]transfer.Record, error) {
	a.ids += len(ids)
	return a.Checkpoint.Known(ctx, book, ids)
}

func (a *asked) Census(ctx context.Context, book int64, s transfer.Span) (transfer.Census, error) {
	a.spans++
	return a.Checkpoint.Census(ctx, book, s)
}

func (a *asked) Foreign(ctx context.Context, to transfer.Folder, epoch string, there []transfer.Span) ([]transfer.Span, error) {
	a.spans += len(there)
	return a.Checkpoint.Foreign(ctx, to, epoch, there)
}

func (a *asked) Gone(ctx context.Context, book int64, listed *transfer.Roll) ([]transfer.Record, error) {
	rs, err := a.Checkpoint.Gone(ctx, book, listed)
	a.records += len(rs)
	return rs, err
}

func (a *asked) Unlinked(ctx context.Context, to transfer.Folder, epoch string) ([]transfer.Record, error) {
	rs, err := a.Checkpoint.Unlinked(ctx, to, epoch)
	a.records += len(rs)
	return rs, err
}

// What a large folder that has changed a little costs is what has changed: it is
// listed once, and the checkpoint is asked about spans of it. Where its source lists
// each message, each is looked up once.
func TestLargeFolderCostsWhatChanged(t *testing.T) {
	const n = 10_000
	for _, tc := range []struct {
		name                        string
		list                        func([]transfer.Message) []transfer.Message
		listed, ids, spans, records int
	}{
		{"in spans", inSpans, 7, 8, 5, 2},
		{"one by one", nil, n, n + 3, 5, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ms := messages(n)
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
			c := f.watchLists()
			f.mustRun(transfer.Tally{Copied: n})
			f.mail.Add(inbox, message(fmt.Sprint(n+1), "Subject: new", "more"))
			f.mail.Change(inbox, "8", func(m *transfertest.MailMessage) { m.Flags = []transfer.Flag{transfer.Flagged} })
			f.mail.Remove(inbox, "9")
			f.mail.Remove(inbox, "5000")
			f.server.Take(inbox, 77) // as its user wants it
			c.full, c.brief, c.gives, c.forge = 0, 0, 0, tc.list
			a := &asked{Checkpoint: f.cp}
			f.job.Checkpoint = a
			rep, err := transfer.Run(t.Context(), f.job)
			if y := rep.Tally; err != nil || y.Copied != 1 || y.Present != n-2 || y.Messages != n-1 {
				t.Errorf("got %+v, %v, want 1 copied and %d present", y, err, n-2)
			}
			if there := len(f.server.Messages(inbox...)); there != n {
				t.Errorf("got %d messages at the destination, want %d", there, n)
			}
			if listed := c.full + c.brief; listed > tc.listed || c.gives != 1 {
				t.Errorf("got a list of %d and %d fetched, want %d at most and 1", listed, c.gives, tc.listed)
			}
			if a.ids > tc.ids || a.spans > tc.spans || a.records > tc.records {
				t.Errorf("the checkpoint was asked for %d IDs and %d spans and answered %d records, want %d, %d and %d at most",
					a.ids, a.spans, a.records, tc.ids, tc.spans, tc.records)
			}
		})
	}
}
