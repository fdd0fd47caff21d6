package transfer

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// settles is a checkpoint that sees how many records come at once, and breaks at the
// settle of that number.
type settles struct {
	Checkpoint
	sizes  []int
	broken int
}

var errNoRoom = errors.New("no room")

func (c *settles) Settle(_ context.Context, rs []Record) error {
	if c.sizes = append(c.sizes, len(rs)); len(c.sizes) == c.broken {
		return errNoRoom
	}
	return nil
}

// TestSettleEach: however many records there are, few are held at once.
func TestSettleEach(t *testing.T) {
	for _, tc := range []struct {
		many, broken int
		want         []int
		made         int
	}{
		{0, 0, []int{0}, 0},
		{5, 0, []int{5}, 5},
		{pageSize, 0, []int{pageSize, 0}, pageSize},
		{2*pageSize + 5, 0, []int{pageSize, pageSize, 5}, 2*pageSize + 5},
		{2*pageSize + 5, 2, []int{pageSize, pageSize}, 2 * pageSize},
	} {
		cp, made := &settles{broken: tc.broken}, 0
		l := &lane{run: &run{job: Job{Checkpoint: cp}}}
		err := l.settleEach(t.Context(), func(yield func(Record) bool) {
			for range tc.many {
				if made++; !yield(Record{}) {
					return
				}
			}
		})
		var local *localError
		if broken := errors.As(err, &local) && errors.Is(err, errNoRoom); broken != (tc.broken > 0) {
			t.Errorf("%d records, broken at %d: got %v", tc.many, tc.broken, err)
		}
		if !slices.Equal(cp.sizes, tc.want) || made != tc.made {
			t.Errorf("%d records, broken at %d: got %v of %d, want %v of %d", tc.many, tc.broken, cp.sizes, made, tc.want, tc.made)
		}
	}
}
