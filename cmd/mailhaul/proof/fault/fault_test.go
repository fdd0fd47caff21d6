package fault

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

func TestMain(m *testing.M) { proof.Main(m) }

// atOnce is how many rows run side by side: most of them only wait.
const atOnce = 32

// table is all rows, those that wait longest first.
func table() []row {
	return slices.Concat(appendRows(), twinRows(), throttleRows(), changeRows(), abilityRows(), folderRows(), fetchRows(),
		lyingRows(), quotaRows(), flagRows(), listingRows(), signInRows(), popRows())
}

func TestFaults(t *testing.T) {
	proof.Program(t)
	rows := table()
	var held, open atomic.Int32
	var all sync.WaitGroup
	slots := make(chan bool, atOnce)
	for _, r := range rows {
		slots <- true
		all.Go(func() {
			defer func() { <-slots }()
			t.Run(r.name, func(t *testing.T) {
				if r.open != "" {
					open.Add(1)
					t.Skip("open: " + r.open)
				}
				newRig(t, r).hold()
				if !t.Failed() {
					held.Add(1)
				}
			})
		})
	}
	all.Wait()
	fmt.Printf("%d of %d faults held, %d open\n", held.Load(), len(rows), open.Load())
}

// TestNames keeps rows apart.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range table() {
		if seen[r.name] {
			t.Errorf("two rows are called %q", r.name)
		}
		seen[r.name] = true
	}
	if len(seen) < 120 {
		t.Errorf("got %d rows, want 120 and more", len(seen))
	}
}

// TestDifferences shows that the rig sees what it is there to see.
func TestDifferences(t *testing.T) {
	mails := testMail()
	for name, tc := range map[string]struct {
		there []mailtest.Mail
		want  end
		seen  bool
	}{
		"all there":            {mails, end{}, false},
		"one lacks":            {mails[1:], end{}, true},
		"one lacks as told":    {mails[1:], end{lacks: []int{0}}, false},
		"one lacks, and some":  {mails[1:], end{some: true}, false},
		"one doubled":          {append(testMail(), mails[0]), end{}, true},
		"doubled, and some":    {append(testMail(), mails[0]), end{some: true}, true},
		"a twin as told":       {append(testMail(), mails[0]), end{twins: []int{0}}, false},
		"flags lost":           {changed(mails, func(_ int, m *mailtest.Mail) { m.Flags = nil }), end{some: true}, true},
		"dates lost":           {changed(mails, func(_ int, m *mailtest.Mail) { m.Date = m.Date.AddDate(0, 0, 1) }), end{some: true}, true},
		"bytes changed":        {changed(mails, func(_ int, m *mailtest.Mail) { m.Bytes = bare(m.Bytes) }), end{some: true}, true},
		"in another folder":    {changed(mails, func(_ int, m *mailtest.Mail) { m.Folder = []string{"INBOX"} }), end{some: true}, true},
		"something of nothing": {mails[:1], end{nothing: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t, row{})
			g.to.Put(user, tc.there)
			if diffs := g.differences(tc.want); len(diffs) > 0 != tc.seen {
				t.Errorf("got %q, want some: %v", diffs, tc.seen)
			}
		})
	}
}
