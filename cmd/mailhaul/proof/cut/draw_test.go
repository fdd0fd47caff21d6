package cut

import (
	"math/rand/v2"
	"slices"
)

// lengths tells how many bytes a clean run of a series' kind has in its direction.
type lengths func(series) int64

// everyPoint is all points of the series, in random order, so that any first
// part of them is spread over all.
func everyPoint(all []series, length lengths, seed uint64) (points []point) {
	for _, s := range all {
		for n := int64(1); n <= length(s); n++ {
			points = append(points, point{s, n})
		}
	}
	shuffle(points, seed)
	return points
}

// draw is n points by chance. Servers, kinds and all else come as often as each
// other, as far as n allows.
func draw(all []series, length lengths, n int, seed uint64) (points []point) {
	r := rand.New(rand.NewPCG(seed, 1))
	for len(points) < n {
		for _, s := range balanced(all, r) {
			points = append(points, point{s, 1 + r.Int64N(length(s))})
		}
	}
	return points[:n]
}

// balanced puts the series in an order by chance in which the servers and kinds
// come evenly from the start.
func balanced(all []series, r *rand.Rand) (order []series) {
	left := slices.Clone(all)
	r.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	uses := map[string]int{}
	for len(left) > 0 {
		best := 0
		for i, s := range left {
			if cost(uses, s) < cost(uses, left[best]) {
				best = i
			}
		}
		s := left[best]
		left = slices.Delete(left, best, best+1)
		order = append(order, s)
		uses[s.server+s.side]++
		uses[s.kind]++
	}
	return order
}

func cost(uses map[string]int, s series) int { return uses[s.server+s.side] + uses[s.kind] }

func shuffle(points []point, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 2))
	r.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
}
