package transfer_test

import (
	"math"
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestSpansLess(t *testing.T) {
	type spans = []transfer.Span
	const most = math.MaxUint32
	for _, tc := range []struct{ all, but, want spans }{
		{nil, spans{{1, 2}}, nil},
		{spans{{1, 9}}, nil, spans{{1, 9}}},
		{spans{{1, 9}}, spans{{1, 9}}, nil},
		{spans{{1, 9}}, spans{{1, 1}, {4, 5}, {9, 12}}, spans{{2, 3}, {6, 8}}},
		{spans{{2, 4}, {8, 9}}, spans{{1, 2}, {4, 8}}, spans{{3, 3}, {9, 9}}},
		{spans{{1, most}}, spans{{7, 7}}, spans{{1, 6}, {8, most}}},
		{spans{{1, most}}, spans{{7, most}}, spans{{1, 6}}},
	} {
		if got := transfer.Less(tc.all, tc.but); !slices.Equal(got, tc.want) {
			t.Errorf("%v less %v: got %v, want %v", tc.all, tc.but, got, tc.want)
		}
	}
	if got := slices.Collect(transfer.Numbers(spans{{1, 2}, {most - 1, most}})); !slices.Equal(got, []uint32{1, 2, most - 1, most}) {
		t.Errorf("numbers: got %v", got)
	}
}

func TestRoll(t *testing.T) {
	var r transfer.Roll
	for _, id := range []string{"7", "3", "x", "4294967295", "4", "07", "5"} {
		r.Add(id)
	}
	r.AddSpan(transfer.Span{Low: 10, High: 20})
	for id, want := range map[string]bool{
		"3": true, "4": true, "5": true, "6": false, "7": true, "07": true, "007": false, "x": true, "y": false, "0": false,
		"9": false, "10": true, "15": true, "20": true, "21": false, "4294967294": false, "4294967295": true, "4294967296": false,
	} {
		if got := r.Has(id); got != want {
			t.Errorf("has %q: got %t, want %t", id, got, want)
		}
	}
	want := []transfer.Span{{Low: 3, High: 5}, {Low: 7, High: 7}, {Low: 10, High: 20}, {Low: math.MaxUint32, High: math.MaxUint32}}
	if got := r.Spans(); !slices.Equal(got, want) {
		t.Errorf("spans: got %v, want %v", got, want)
	}
}
