package transfertest

import (
	"fmt"
	"math"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

// anyUID is all UIDs there can be.
var anyUID = []transfer.Span{{Low: 1, High: math.MaxUint32}}

// linked are the UIDs of a destination folder that are not foreign.
func (t *checkpointTest) linked(to transfer.Folder) ([]uint32, error) {
	foreign, err := t.cp.Foreign(t.Context(), to, to.Epoch, anyUID)
	if err != nil {
		return nil, err
	}
	return slices.Collect(transfer.Numbers(transfer.Less(anyUID, foreign))), nil
}

// roll is a roll of some IDs.
func roll(ids ...string) *transfer.Roll {
	r := &transfer.Roll{}
	for _, id := range ids {
		r.Add(id)
	}
	return r
}

func (t *checkpointTest) foreign() {
	b := t.enter("s", inbox, archive)
	for _, uid := range []uint32{1, 2, 3, 5, 7, 8} {
		t.settle(landed(letter(b.ID, fmt.Sprint(100-uid)), archive, uid))
	}
	merged := landed(letter(b.ID, "twin"), archive, 3)
	merged.Fate = transfer.Merged
	refused := landed(letter(b.ID, "refused"), archive, 9)
	refused.Fate = transfer.Refused
	t.settle(merged, refused)
	for _, tc := range []struct{ there, want []transfer.Span }{
		{nil, nil},
		{[]transfer.Span{{Low: 1, High: 3}, {Low: 7, High: 8}}, nil},
		{[]transfer.Span{{Low: 1, High: 9}}, []transfer.Span{{Low: 4, High: 4}, {Low: 6, High: 6}, {Low: 9, High: 9}}},
		{[]transfer.Span{{Low: 2, High: 2}, {Low: 4, High: 4}, {Low: 8, High: 12}}, []transfer.Span{{Low: 4, High: 4}, {Low: 9, High: 12}}},
		{[]transfer.Span{{Low: 20, High: math.MaxUint32}}, []transfer.Span{{Low: 20, High: math.MaxUint32}}},
	} {
		got, err := t.cp.Foreign(t.Context(), archive, archive.Epoch, tc.there)
		t.must(err)
		if !slices.Equal(got, tc.want) {
			t.Errorf("foreign of %v: got %v, want %v", tc.there, got, tc.want)
		}
	}
	renewed := archive
	renewed.Epoch = "8"
	all := []transfer.Span{{Low: 1, High: 9}}
	for _, to := range []transfer.Folder{renewed, inbox} {
		if got, err := t.cp.Foreign(t.Context(), to, to.Epoch, all); err != nil || !slices.Equal(got, all) {
			t.Errorf("foreign where nothing arrived: got %v, %v, want %v", got, err, all)
		}
	}
	rs, err := t.cp.Holders(t.Context(), archive, archive.Epoch, []uint32{3, 4, 7, 9})
	t.must(err)
	t.wantIDs("holders", ids(rs), "93", "97", "twin")
}

func (t *checkpointTest) gone() {
	b := t.enter("s", inbox, archive)
	for i, id := range []string{"1", "2", "9", "10", "007", "x", "4294967295", "4294967296", "0"} {
		t.settle(landed(letter(b.ID, id), archive, uint32(i+1)))
		t.wantKnown(landed(letter(b.ID, id), archive, uint32(i+1)))
	}
	for _, tc := range []struct{ listed, want []string }{
		{[]string{"1", "2", "9", "10", "007", "x", "4294967295", "4294967296", "0"}, nil},
		{[]string{"10", "x", "1", "7"}, []string{"2", "9", "007", "4294967295", "4294967296", "0"}},
		{nil, []string{"1", "2", "9", "10", "007", "x", "4294967295", "4294967296", "0"}},
	} {
		rs, err := t.cp.Gone(t.Context(), b.ID, roll(tc.listed...))
		t.must(err)
		t.wantIDs(fmt.Sprintf("gone of all but %q", tc.listed), ids(rs), tc.want...)
	}
}

func (t *checkpointTest) census() {
	b, other := t.enter("s", inbox, archive), t.enter("t", inbox, archive)
	for i, id := range []string{"1", "2", "9", "10", "11", "010", "x"} {
		t.settle(landed(letter(b.ID, id), archive, uint32(i+1)))
	}
	t.settle(landed(letter(other.ID, "3"), archive, 20))
	refused := letter(b.ID, "12")
	refused.Fate = transfer.Refused
	t.settle(refused)
	t.begin(archive, 1, letter(b.ID, "20"))
	for s, want := range map[transfer.Span]transfer.Census{
		{Low: 1, High: 11}:              {Arrived: 5},
		{Low: 2, High: 10}:              {Arrived: 3},
		{Low: 3, High: 8}:               {},
		{Low: 11, High: math.MaxUint32}: {Arrived: 1, Other: 2},
	} {
		if got, err := t.cp.Census(t.Context(), b.ID, s); err != nil || got != want {
			t.Errorf("census of %v: got %+v, %v, want %+v", s, got, err, want)
		}
	}
}
