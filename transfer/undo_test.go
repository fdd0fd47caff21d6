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

// forgotten counts what an undo takes out of the checkpoint.
type forgotten struct {
	removed, released int
	unmade            []string
}

// undo plans to take back what the flow has done, but for UIDs that others count.
func (f *flow) undo(others ...uint32) (plan *transfer.UndoPlan, n *forgotten, err error) {
	f.t.Helper()
	there := f.there()
	n = &forgotten{}
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
		Counted: func(context.Context, transfer.Folder, string) ([]uint32, error) { return others, nil },
		Forget: func(_ context.Context, removed, released []transfer.Record) error {
			n.removed += len(removed)
			n.released += len(released)
			return nil
		},
		Made: f.cp.MadeFolders(),
		Unmade: func(m transfer.MadeFolder) error {
			n.unmade = append(n.unmade, m.Folder().Name())
			return nil
		},
	})
	if err == nil {
		f.t.Cleanup(plan.Close)
	}
	return plan, n, err
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
	plan, n, err := f.undo()
	if err != nil {
		t.Fatal(err)
	}
	if plan.Removable != 26 || plan.Before != 1 || plan.Kept[transfer.KeptMarked] != 1 || plan.Kept[transfer.KeptAltered] != 1 ||
		plan.Kept[transfer.KeptGone] != 1 || plan.Kept[transfer.KeptRenumbered] != 5 {
		t.Errorf("got %+v", plan)
	}
	done, err := plan.Do()
	// What was recognised and what is gone is not counted any more.
	if err != nil || done.Removed != 26 || done.Released != 2 || n.removed != 26 || n.released != 2 {
		t.Errorf("got %+v, %+v forgotten, %v, want 26 and 2", done, *n, err)
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

// What another job counts as arrived stays, also if it has recognised it only after
// the plan was made.
func TestUndoLeavesWhatOthersCount(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, letters("in", 6)...))
	f.mustRun(transfer.Tally{Copied: 6})
	others := make([]uint32, 1, 2)
	others[0] = 2
	plan, _, err := f.undo(others...)
	if err != nil || plan.Removable != 5 || plan.Kept[transfer.KeptShared] != 1 || plan.Counted() != 1 {
		t.Fatalf("got %+v, %v, want one that stays", plan, err)
	}
	if done, err := plan.Do(); err != nil || done.Removed != 5 {
		t.Errorf("got %+v, %v", done, err)
	}
	if left := f.server.Messages(inbox...); len(left) != 1 || left[0].UID != 2 {
		t.Errorf("got %+v left, want UID 2", left)
	}

	late := newFlow(t, transfertest.ServerOptions{}, folder(inbox, letters("in", 6)...))
	late.mustRun(transfer.Tally{Copied: 6})
	others = []uint32{0}
	if plan, _, err = late.undo(others...); err != nil || plan.Removable != 6 {
		t.Fatalf("got %+v, %v", plan, err)
	}
	others[0] = 3
	if done, err := plan.Do(); err != nil || done.Removed != 5 || len(late.server.Messages(inbox...)) != 1 {
		t.Errorf("got %+v, %v, want UID 3 left", done, err)
	}
}

// A folder that goes away between the plan and the removal is not left made anew.
func TestUndoOfAFolderThatWentAway(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder([]string{"A"}, letters("a", 3)...))
	f.mustRun(transfer.Tally{Copied: 3})
	plan, _, err := f.undo()
	if err != nil || plan.Removable != 3 {
		t.Fatalf("got %+v, %v", plan, err)
	}
	f.server.Delete("A")
	if done, err := plan.Do(); err != nil || done.Removed != 0 {
		t.Errorf("got %+v, %v, want nothing removed", done, err)
	}
	dest, err := f.server.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	site, err := dest.Site(t.Context())
	if err != nil || slices.ContainsFunc(site.Folders, func(f transfer.Folder) bool { return f.Name() == "A" }) {
		t.Errorf("got %+v, %v, want no folder A", site.Folders, err)
	}
}

// Folders that the copy has made go when nothing is left in them, and only then.
func TestUndoRemovesTheFoldersItMade(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, letters("in", 2)...), folder([]string{"A"}, letters("a", 2)...),
		folder([]string{"A", "B"}, letters("b", 2)...), folder([]string{"C"}, letters("c", 2)...), folder([]string{"D"}, letters("d", 2)...),
		folder([]string{"E"}, letters("e", 2)...), folder([]string{"F", "G", "H"}, letters("h", 2)...), folder([]string{"There"}, letters("t", 2)...))
	f.server.Put([]string{"There"})
	f.mustRun(transfer.Tally{Copied: 16})
	f.server.Put([]string{"C"}, transfertest.Stored{Body: []byte("Subject: mine\r\n\r\n")})
	mine := f.server.Messages("D")[1].UID + 1
	f.server.Put([]string{"D"}, transfertest.Stored{Body: []byte("Subject: mine\r\n\r\n")})
	f.server.Take([]string{"D"}, mine)
	f.server.Put([]string{"E", "below"})
	plan, n, err := f.undo()
	if err != nil || !slices.Equal(plan.Made, []string{"A", "A/B", "C", "D", "E", "F", "F/G", "F/G/H"}) {
		t.Fatalf("got %+v, %v, want eight folders made", plan, err)
	}
	done, err := plan.Do()
	if err != nil || done.Removed != 16 || !slices.Equal(done.Folders, []string{"A", "A/B", "F", "F/G", "F/G/H"}) || len(n.unmade) != 5 {
		t.Errorf("got %+v, %v, want A, F and all below removed", done, err)
	}
	for name, why := range map[string]string{"C": "mail is in it", "D": "others have put mail into it", "E": "there are folders below it"} {
		if done.Left[name] != why {
			t.Errorf("%s: got %q, want it left: %s", name, done.Left[name], why)
		}
	}
	if len(done.Left) != 3 {
		t.Errorf("got %v left", done.Left)
	}
}
