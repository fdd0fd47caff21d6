package transfer

import (
	"context"
	"maps"
	"testing"
	"time"
)

// fake is a message in a pairing: identity, size and content.
type fake struct {
	id      byte
	size    int64
	content byte
	undated bool
}

func handOfCards(t *testing.T, read *int, known bool, cards ...fake) *hand {
	h := &hand{}
	for _, c := range cards {
		var d Digest
		if known {
			d = Digest{c.content}
		}
		id := Ident{c.id}
		if c.id < 100 { // those above have neither Message-ID nor Date
			id[15] = 1
		}
		date := time.Unix(1e9, 0)
		if c.undated {
			date = time.Time{}
		}
		h.add(newCard(id, c.size, date, ""), d)
	}
	h.read = func(_ context.Context, at []int) error {
		*read += len(at)
		for _, i := range at {
			h.know(i, Digest{cards[i].content})
		}
		return nil
	}
	return h
}

func TestPair(t *testing.T) {
	for _, tc := range []struct {
		name   string
		a, b   []fake
		landed bool
		want   map[int]int
		read   int // bodies of b that had to be read
	}{
		{"one and one", []fake{{1, 10, 'x', false}}, []fake{{1, 10, 'x', false}}, false, map[int]int{0: 0}, 0},
		{"one and one, no date known", []fake{{1, 10, 'x', false}}, []fake{{1, 10, 'x', true}}, false, map[int]int{0: 0}, 1},
		{"one and one, weak", []fake{{100, 10, 'x', false}}, []fake{{100, 10, 'x', false}}, false, map[int]int{0: 0}, 1},
		{"weak and other bytes", []fake{{100, 10, 'x', false}}, []fake{{100, 10, 'y', false}}, false, nil, 1},
		{"other size, same bytes", []fake{{1, -1, 'x', false}}, []fake{{1, 10, 'x', false}}, false, map[int]int{0: 0}, 1},
		{"other size, other bytes", []fake{{1, 11, 'x', false}}, []fake{{1, 10, 'y', false}}, false, nil, 1},
		{"other size, other bytes, landed", []fake{{1, 11, 'x', false}}, []fake{{1, 10, 'y', false}}, true, nil, 1},
		{"fake-alikes", []fake{{1, 10, 'x', false}, {1, 10, 'y', false}}, []fake{{1, 10, 'y', false}}, false, map[int]int{1: 0}, 1},
		{"fake-alikes the other way", []fake{{1, 10, 'y', false}}, []fake{{1, 10, 'x', false}, {1, 10, 'y', false}}, false, map[int]int{0: 1}, 2},
		{"true duplicates", []fake{{1, 10, 'x', false}, {1, 10, 'x', false}}, []fake{{1, 10, 'x', false}}, false, map[int]int{0: 0}, 1},
		{"nothing alike", []fake{{1, 10, 'x', false}}, []fake{{2, 10, 'x', false}}, false, nil, 0},
		{"odd header, landed", []fake{{1, 10, 'x', false}}, []fake{{2, 10, 'x', false}}, true, map[int]int{0: 0}, 1},
		{"same size by accident", []fake{{1, 10, 'x', false}}, []fake{{2, 10, 'y', false}}, true, nil, 1},
		{"near, but this server keeps bytes", []fake{{1, 10, 'x', false}, {2, 50, 'y', false}}, []fake{{1, 10, 'x', false}, {2, 52, 'z', false}}, true, map[int]int{0: 0}, 1},
		{"near, but weak", []fake{{100, 11, 'x', false}}, []fake{{100, 10, 'y', false}}, true, nil, 1},
		{"nothing near", []fake{{1, 10, 'x', false}}, []fake{{1, 9000, 'y', false}}, true, nil, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var readA, readB int
			p := newPairing(handOfCards(t, &readA, true, tc.a...), handOfCards(t, &readB, false, tc.b...))
			err := p.run(t.Context())
			if err == nil && tc.landed {
				err = p.odd(t.Context())
			}
			got := p.mate
			if err != nil || !maps.Equal(got, tc.want) || readA != 0 || readB != tc.read {
				t.Errorf("got %v, %v with %d+%d bodies read, want %v with 0+%d", got, err, readA, readB, tc.want, tc.read)
			}
		})
	}
}

// Of messages with equal bytes each is a message of its own date, where it is known,
// and whether or not they have a Message-ID.
func TestPairByDate(t *testing.T) {
	for _, id := range []Ident{{1}, {1, 15: 1}} {
		pairByDate(t, id)
	}
}

func pairByDate(t *testing.T, id Ident) {
	day := func(n int64) time.Time { return time.Unix(1e9+n*86400, 0) }
	hands := func(dates ...time.Time) *hand {
		h := &hand{}
		for _, d := range dates {
			h.add(newCard(id, 10, d, ""), Digest{7})
		}
		return h
	}
	for _, tc := range []struct {
		name   string
		a, b   *hand
		strict bool
		dated  map[Digest]bool
		want   map[int]int
	}{
		{"crosswise", hands(day(1), day(2)), hands(day(2), day(1)), false, nil, map[int]int{0: 1, 1: 0}},
		{"the one of that date first", hands(day(1), day(2)), hands(day(2)), false, nil, map[int]int{1: 0}},
		{"another date", hands(day(1)), hands(day(2)), false, nil, map[int]int{0: 0}},
		{"another date, others share the bytes", hands(day(1)), hands(day(2)), false, map[Digest]bool{{7}: true}, nil},
		{"another date, strict", hands(day(1)), hands(day(2)), true, nil, nil},
		{"no date known, strict", hands(time.Time{}), hands(day(2)), true, nil, map[int]int{0: 0}},
	} {
		p := newPairing(tc.a, tc.b)
		p.strict, p.dated = tc.strict, tc.dated
		if err := p.run(t.Context()); err != nil || !maps.Equal(p.mate, tc.want) {
			t.Errorf("%s (strong: %t): got %v, %v, want %v", tc.name, id.Strong(), p.mate, err, tc.want)
		}
	}
}
