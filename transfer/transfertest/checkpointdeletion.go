package transfertest

import "github.com/mailhaul/mailhaul/transfer"

// deletions: what is about to be deleted is known after a crash, until it is noted
// that it was, or was not. A checkpoint need not be able to.
func (t *checkpointTest) deletions() {
	log, ok := t.cp.(transfer.DeletionLog)
	if !ok {
		t.Skip("keeps no log of deletions")
	}
	b, other := t.enter("s", inbox, archive), t.enter("other", inbox, archive)
	rs := []transfer.Record{{Book: b.ID, ID: "1"}, {Book: b.ID, ID: "2"}, {Book: b.ID, ID: "3"}, {Book: other.ID, ID: "1"}}
	t.must(log.Deleting(t.Context(), rs))
	log = t.crash().(transfer.DeletionLog)
	t.wantUndecided(log, b.ID, "1", "2", "3")
	t.must(log.Deleted(t.Context(), rs[:1]))
	t.must(log.Spared(t.Context(), rs[1:2]))
	t.wantUndecided(log, b.ID, "3")
	t.wantUndecided(log, other.ID, "1")
	t.must(log.Deleting(t.Context(), rs[1:2]))
	t.wantUndecided(log, b.ID, "2", "3")
	t.must(log.Deleted(t.Context(), nil))
	t.must(log.Spared(t.Context(), nil))
}

func (t *checkpointTest) wantUndecided(log transfer.DeletionLog, book int64, want ...string) {
	t.Helper()
	got, err := log.Undecided(t.Context(), book)
	t.must(err)
	t.wantIDs("undecided", got, want...)
}
