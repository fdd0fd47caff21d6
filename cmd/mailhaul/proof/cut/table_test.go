package cut

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// row is one line of the table.
type row struct{ points, wrong, healed, told, unseen, uncut int }

// table counts verdicts by series, both directions together.
type table struct {
	mu   sync.Mutex
	rows map[series]*row
	sum  row
}

func (t *table) add(s series, v verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.up = false
	if t.rows == nil {
		t.rows = map[series]*row{}
	}
	if t.rows[s] == nil {
		t.rows[s] = &row{}
	}
	for _, r := range []*row{t.rows[s], &t.sum} {
		r.count(v)
	}
}

func (r *row) count(v verdict) {
	if v.uncut {
		r.uncut++
		return
	}
	r.points++
	for _, c := range []struct {
		is bool
		n  *int
	}{{v.wrong != "", &r.wrong}, {v.healed, &r.healed}, {v.doubled, &r.told}, {v.unseen, &r.unseen}} {
		if c.is {
			*c.n++
		}
	}
}

func (t *table) total() row {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum
}

// String is the whole table, as Markdown.
func (t *table) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	b.WriteString("| server | side | kind | window | points | wrong | healed | doubled, told | unseen |\n|---|---|---|---|---|---|---|---|---|\n")
	keys := slices.SortedFunc(maps.Keys(t.rows), func(x, y series) int {
		return cmp.Or(cmp.Compare(x.side, y.side), cmp.Compare(place(x.server), place(y.server)),
			cmp.Compare(rank(x.kind), rank(y.kind)), cmp.Compare(x.window, y.window))
	})
	for _, s := range keys {
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %v |\n", s.server, s.side, s.kind, s.window, *t.rows[s])
	}
	fmt.Fprintf(&b, "| all | | | | %v |\n", t.sum)
	if t.sum.uncut > 0 {
		fmt.Fprintf(&b, "\n%d further runs never came to byte n; they count nowhere.\n", t.sum.uncut)
	}
	return b.String()
}

func (r row) String() string {
	return fmt.Sprintf("%d | %d | %d | %d | %d", r.points, r.wrong, r.healed, r.told, r.unseen)
}

func place(server string) int {
	return slices.IndexFunc(models, func(m model) bool { return m.name == server })
}

func rank(name string) int {
	return slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
}
