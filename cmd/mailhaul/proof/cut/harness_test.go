package cut

import (
	"fmt"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

func TestDrawMeetsAll(t *testing.T) {
	all := allSeries(nil, nil, nil, nil)
	points := draw(all, func(series) int64 { return 1000 }, 80, 3)
	met := map[string]bool{}
	for _, p := range points {
		met[p.server+p.side], met[p.kind] = true, true
	}
	for _, s := range all {
		if !met[s.server+s.side] || !met[s.kind] {
			t.Errorf("80 points do not meet %v", s)
		}
	}
}

func TestEveryPoint(t *testing.T) {
	all := allSeries([]string{"memory"}, []string{"rst"}, []string{"dest"}, nil)
	seen := map[point]bool{}
	for _, p := range everyPoint(all, func(series) int64 { return 7 }, 1) {
		seen[p] = true
	}
	if len(all) != 6 || len(seen) != 42 || seen[point{all[0], 0}] || !seen[point{all[0], 7}] {
		t.Errorf("got %d series and %d points, want 6 and 42, from 1 to 7", len(all), len(seen))
	}
}

func TestPointText(t *testing.T) {
	p := point{series{"no-literal+", "dest", "late", true, 6}, 4711}
	if got, err := parsePoint(p.String()); got != p || err != nil {
		t.Errorf("got %v, %v, want %v", got, err, p)
	}
	for _, text := range []string{"", "memory:dest:late:up:6", "memory:dest:nonsense:up:6:1", "memory:dest:late:up:x:1"} {
		if _, err := parsePoint(text); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}

func TestCompareMerged(t *testing.T) {
	mails := few()
	once := append([]mailtest.Mail{}, mails[:2]...) // the twin of the second is folded into it
	once = append(once, mails[3])                   // and the next into this
	once = append(once, mails[5:8]...)
	once = append(once, mails[9:]...)
	for name, tc := range map[string]struct {
		have []mailtest.Mail
		want int
	}{
		"merged":  {once, 0},
		"lost":    {once[1:], 1},
		"doubled": {append(once[:len(once):len(once)], mails[5]), 1},
		"altered": {append(once[:len(once)-1:len(once)-1], mailtest.Mail{Folder: work, Bytes: []byte("x")}), 2},
	} {
		if got := compareMerged(mails, mailtest.FromMails(tc.have)); len(got) != tc.want {
			t.Errorf("%s: got %q, want %d differences", name, got, tc.want)
		}
	}
}

// A second copy may be told and stay; a lost or altered message may not.
func TestDoubledOnly(t *testing.T) {
	want := mailtest.FromMails(many(60))
	for name, have := range map[string][]mailtest.Mail{
		"doubled": append(many(60), many(40)...),
		"lost":    append(many(59), many(40)...),
	} {
		diffs := mailtest.Compare(want, mailtest.FromMails(have), mailtest.CompareOptions{IgnoreOrder: true})
		if got := doubledOnly(diffs); got != (name == "doubled") {
			t.Errorf("%s: got %v for %q", name, got, fmt.Sprint(diffs))
		}
	}
}
