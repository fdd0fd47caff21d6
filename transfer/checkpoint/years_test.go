package checkpoint

import (
	"slices"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestReadYears(t *testing.T) {
	o := options(t)
	l := mustOpen(t, o)
	b := enter(t, l, inbox, archive)
	at := func(id string, fate transfer.Fate, year int, size int64) transfer.Record {
		r := transfer.Record{Book: b.ID, ID: id, Fate: fate, To: archive.Key(), Epoch: "1", UID: 1, Size: size}
		if year > 0 {
			r.Date = time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)
		}
		return r
	}
	settle(t, l, at("1", transfer.Copied, 1999, 10), at("2", transfer.Adopted, 2020, 5), at("3", transfer.Copied, 1999, 20),
		at("4", transfer.Refused, 2001, 7), at("5", transfer.Copied, 0, 3))
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []Year{{0, 1, 3}, {1999, 2, 30}, {2020, 1, 5}}
	if got, err := ReadYears(o.Path()); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}
