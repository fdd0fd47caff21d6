package transfer_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// undo plans to take back what the flow has done. What is forgotten is counted.
func (f *flow) undo() (plan *transfer.UndoPlan, forgotten *int, err error) {
	f.t.Helper()
	there, n := f.there(), 0
	plan, err = transfer.PlanUndo(f.t.Context(), transfer.Undo{
		Job: f.job, There: transfer.From{Name: "mem://dest", Open: there.Open},
		Records: func(_ context.Context, each func(transfer.Record) error) error {
			records := f.cp.Records()
			slices.SortFunc(records, func(a, b transfer.Record) int {
				return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.UID, b.UID))
			})
			for _, r := range records {
				if err := each(r); err != nil {
					return err
				}
			}
			return nil
		},
		Forget: func(_ context.Context, rs []transfer.Record) error {
			n += len(rs)
			return nil
		},
	})
	if err == nil {
		f.t.Cleanup(plan.Close)
	}
	return plan, &n, err
}

func TestUndoTakesBackOnlyItsOwn(t *testing.T) {
	ms := letters("in", 30)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...), folder([]string{"Sub"}, letters("sub", 5)...))
	f.server.Put(inbox, transfertest.Stored{Body: ms[0].Body, Date: ms[0].Date, Flags: ms[0].Flags})
	f.mustRun(transfer.Tally{Copied: 34, Adopted: 1})
	f.change(inbox, 5, func(m *transfertest.Stored) { m.Flags = append(m.Flags, transfer.Deleted) })
	f.change(inbox, 6, func(m *transfertest.Stored) { m.Body[len(m.Body)-3] ^= 1 })
	f.server.Take(inbox, 7)
	f.server.Renumber("Sub")
	plan, forgotten, err := f.undo()
	if err != nil {
		t.Fatal(err)
	}
	if plan.Removable != 26 || plan.Before != 1 || plan.Kept[transfer.KeptMarked] != 1 || plan.Kept[transfer.KeptAltered] != 1 ||
		plan.Kept[transfer.KeptGone] != 1 || plan.Kept[transfer.KeptRenumbered] != 5 {
		t.Errorf("got %+v", plan)
	}
	n, err := plan.Do()
	if err != nil || n != 26 || *forgotten != 26 {
		t.Errorf("got %d removed, %d forgotten, %v, want 26", n, *forgotten, err)
	}
	var left []uint32
	for _, m := range f.server.Messages(inbox...) {
		left = append(left, m.UID)
	}
	if want := []uint32{1, 5, 6}; !slices.Equal(left, want) || len(f.server.Messages("Sub")) != 5 {
		t.Errorf("got UIDs %v and %d in Sub left, want %v and 5", left, len(f.server.Messages("Sub")), want)
	}
}

func TestUndoWantsUIDPLUS(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(inbox, letters("in", 3)...))
	f.mustRun(transfer.Tally{Copied: 3})
	if _, _, err := f.undo(); !errors.Is(err, transfer.ErrNoUIDPLUS) {
		t.Errorf("got %v, want %v", err, transfer.ErrNoUIDPLUS)
	}
	if n := len(f.server.Messages(inbox...)); n != 3 {
		t.Errorf("got %d messages left, want 3", n)
	}
}
