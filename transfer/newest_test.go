package transfer

import (
	"errors"
	"strings"
	"testing"
)

func TestUpTo(t *testing.T) {
	page := func(ids string) (ms []Message) {
		for _, id := range strings.Fields(ids) {
			ms = append(ms, Message{ID: id})
		}
		return ms
	}
	full := page(strings.Repeat("x ", pageSize))
	for _, tc := range []struct {
		name  string
		page  []Message
		later string
		want  string
		err   error
	}{
		{"as it was", page("1 2 3"), "4 5 6", "1 2 3", nil},
		{"one went away", page("1 3 4"), "4 5 6", "1 3", nil},
		{"the last went away", page("1 2 4"), "4 5 6", "1 2", nil},
		{"the last and the next went away", page("1 2 5 6"), "4 5 6", "1 2", nil},
		{"all behind went away", page("1 2"), "4 5 6", "1 2", nil},
		{"none is left", page("5 6"), "4 5 6", "", nil},
		{"nothing of what came later", full, "4 5 6", "", errMoved},
	} {
		later := map[string]bool{}
		for _, id := range strings.Fields(tc.later) {
			later[id] = true
		}
		got, err := upTo(tc.page, "3", later)
		if text := strings.Join(ids(got), " "); text != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("%s: got %q, %v, want %q, %v", tc.name, text, err, tc.want, tc.err)
		}
	}
}
