package checkpoint

import (
	"context"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// What is open or in doubt is looked for only where it may be: every way in which a
// message gets there must be seen, also by the next run.
func TestUnsettled(t *testing.T) {
	for name, tc := range map[string]struct {
		do      func(t *testing.T, l *Log, r transfer.Record)
		open    int
		doubted int
		looked  int // places that are looked at by the next run
	}{
		"open": {func(t *testing.T, l *Log, r transfer.Record) {
			begin(t, l, archive, 1, r)
		}, 1, 0, 1},
		"landed": {func(t *testing.T, l *Log, r transfer.Record) {
			begin(t, l, archive, 1, r)
			settle(t, l, landed(r, archive, 1))
		}, 0, 0, 0},
		"sent twice": {func(t *testing.T, l *Log, r transfer.Record) {
			begin(t, l, archive, 1, r)
			begin(t, l, archive, 1, r)
			r = landed(r, archive, 1)
			r.Resent = true
			settle(t, l, r)
		}, 0, 1, 1},
		"open again, nobody says where": {func(t *testing.T, l *Log, r transfer.Record) {
			settle(t, l, landed(r, archive, 1))
			settle(t, l, transfer.Record{Book: r.Book, ID: r.ID, Fate: transfer.Open})
		}, 1, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			l, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			book := enter(t, l, inbox, archive)
			tc.do(t, l, transfer.Record{Book: book.ID, ID: "1", To: archive.Key(), Epoch: archive.Epoch, Size: 5})
			expectUnsettled(t, "this run", l, tc.open, tc.doubted)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = mustOpen(t, o)
			expectUnsettled(t, "the next run", l, tc.open, tc.doubted)
			if got := len(l.index.placesOf(archive.Key(), true)); got != tc.looked {
				t.Errorf("the next run looks at %d places, want %d", got, tc.looked)
			}
		})
	}
}

func expectUnsettled(t *testing.T, when string, l *Log, open, doubted int) {
	t.Helper()
	for _, q := range []struct {
		what string
		ask  func(context.Context, transfer.Folder) ([]transfer.Record, error)
		want int
	}{{"open", l.Pending, open}, {"in doubt", l.Doubtful, doubted}} {
		if rs, err := q.ask(t.Context(), archive); err != nil || len(rs) != q.want {
			t.Errorf("%s: got %d %s, error %v, want %d", when, len(rs), q.what, err, q.want)
		}
	}
}
