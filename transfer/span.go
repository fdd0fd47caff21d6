package transfer

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
)

// Span is numbers from Low to High, both included: of messages at a destination
// (UIDs), or of those at a source whose IDs are numbers. A folder of a million
// messages is a few spans, as long as few were deleted from it.
type Span struct{ Low, High uint32 }

// Count is how many numbers it has.
func (s Span) Count() int { return int(s.High) - int(s.Low) + 1 }

// Number is the number that an ID says, as [ID] writes it: "7", not "07" or "0".
func Number(id string) (n uint32, ok bool) {
	if len(id) == 0 || len(id) > 10 || id[0] < '1' || id[0] > '9' {
		return 0, false
	}
	wide, err := strconv.ParseUint(id, 10, 32)
	return uint32(wide), err == nil
}

// ID is the ID that says a number.
func ID(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// Join adds one more to rising spans.
func Join(spans []Span, s Span) []Span {
	if n := len(spans); n > 0 && uint64(spans[n-1].High)+1 >= uint64(s.Low) {
		spans[n-1].High = max(spans[n-1].High, s.High)
		return spans
	}
	return append(spans, s)
}

// Spans are those of rising numbers.
func Spans(numbers iter.Seq[uint32]) (spans []Span) {
	for n := range numbers {
		spans = Join(spans, Span{n, n})
	}
	return spans
}

// Less is what spans have and others do not, both rising.
func Less(spans, others []Span) (rest []Span) {
	for _, s := range spans {
		low := uint64(s.Low)
		for len(others) > 0 && others[0].High < s.Low {
			others = others[1:]
		}
		for _, o := range others {
			if o.Low > s.High {
				break
			}
			if uint64(o.Low) > low {
				rest = append(rest, Span{uint32(low), o.Low - 1})
			}
			low = uint64(o.High) + 1
		}
		if low <= uint64(s.High) {
			rest = append(rest, Span{uint32(low), s.High})
		}
	}
	return rest
}

// Numbers are all those of spans, in their order.
func Numbers(spans []Span) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, s := range spans {
			for n := s.Low; yield(n); n++ {
				if n == s.High {
					break
				}
			}
		}
	}
}

// Roll is a set of message IDs: numbers as spans, others by their sums. The zero
// Roll is empty.
type Roll struct {
	spans  []Span
	astray bool // they do not rise
	others idSet
}

// Add puts an ID on it.
func (r *Roll) Add(id string) {
	if n, ok := Number(id); ok {
		r.AddSpan(Span{n, n})
		return
	}
	r.others.add(sumOf(id))
}

// AddSpan puts the IDs of all numbers of s on it.
func (r *Roll) AddSpan(s Span) {
	if n := len(r.spans); n > 0 && s.Low < r.spans[n-1].Low {
		r.spans, r.astray = append(r.spans, s), true
		return
	}
	r.spans = Join(r.spans, s)
}

// Has reports whether an ID is on it.
func (r *Roll) Has(id string) bool {
	n, ok := Number(id)
	if !ok {
		return r.others.has(sumOf(id))
	}
	spans := r.Spans()
	at, found := slices.BinarySearchFunc(spans, n, func(s Span, n uint32) int { return cmp.Compare(s.Low, n) })
	return found || at > 0 && n <= spans[at-1].High
}

// Parts is how many spans are kept of its numbers, at least as many as there are.
func (r *Roll) Parts() int { return len(r.spans) }

// Spans are its numbers, rising.
func (r *Roll) Spans() []Span {
	if r.astray {
		slices.SortFunc(r.spans, func(a, b Span) int { return cmp.Compare(a.Low, b.Low) })
		joined := r.spans[:0]
		for _, s := range r.spans {
			joined = Join(joined, s)
		}
		r.spans, r.astray = joined, false
	}
	return r.spans
}
