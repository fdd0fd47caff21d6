package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// plan is one question to [Map.Routes] on its way to the answer.
type plan struct {
	site  transfer.Site
	there map[string]transfer.Folder // the destination's folders by key
	trips []*trip
	met   map[string][]*trip // who wants to go to a path, by its key
	moved map[string]*trip   // who goes by another name, by key of the source path
	stays map[string]bool    // who keeps its own name as in an earlier run, by the same key
	taken map[string]bool    // folded keys of all paths that somebody has or wants, and of those above
	history
}

// trip is one folder on its way.
type trip struct {
	from    transfer.Folder
	index   int      // among the source's folders
	own     []string // its path, as it is if no rule speaks of it
	want    []string // where it is to go; not all of it may be possible there
	to      []string // where it goes
	mapped  bool     // the user's rules said so
	open    bool     // they named that very path, so that others may meet it there
	again   bool     // it goes where it went in an earlier run
	behind  bool     // it goes with the folder above it
	altered bool     // the destination cannot hold some of its name
	role    transfer.Role
	why     []string
	shares  []string // who else goes there
}

func newPlan(site transfer.Site) *plan {
	p := &plan{
		site:  site,
		there: make(map[string]transfer.Folder, len(site.Folders)),
		met:   make(map[string][]*trip),
		moved: make(map[string]*trip),
		stays: make(map[string]bool),
		taken: make(map[string]bool),

		history: newHistory(),
	}
	for _, f := range site.Folders {
		p.there[key(f.Path)] = f
	}
	return p
}

// add takes a folder in.
func (p *plan) add(f transfer.Folder, index int) {
	t := &trip{from: f, own: p.fit(f.Path), index: index}
	p.trips = append(p.trips, t)
	p.take(t.own)
}

// fit answers the path with INBOX in its one spelling, and as one component
// where the destination has no hierarchy.
func (p *plan) fit(path []string) []string {
	if len(path) == 0 {
		return []string{""}
	}
	if isInboxName(path[0]) {
		path = append([]string{"INBOX"}, path[1:]...)
	}
	if p.site.Delimiter == "" && len(path) > 1 {
		joint := "/"
		if strings.Contains(p.site.Avoid, joint) {
			joint = p.standIn()
		}
		return []string{strings.Join(path, joint)}
	}
	return path
}

// byRules settles the folders that the user's rules speak of.
func (p *plan) byRules(rs []rename) {
	p.learnRules(rs)
	for _, t := range p.trips {
		if to, by, ok := apply(rs, t.from.Path); ok {
			to = p.fit(to)
			want := p.asHeld(to)
			t.mapped, t.open = true, slices.Equal(want, to)
			p.settle(t, want, fmt.Sprintf("mapped by %q", by))
		}
	}
}

// byName settles the rest: those above first, since those below go with them.
// INBOX itself comes before a folder that is called Inbox.
func (p *plan) byName() {
	var rest []*trip
	owners := make(map[string]int)
	for _, t := range p.trips {
		if t.want == nil {
			rest = append(rest, t)
			owners[key(t.own)]++
		}
	}
	slices.SortStableFunc(rest, func(a, b *trip) int {
		exact := func(t *trip) int {
			if slices.Equal(t.own, t.from.Path) {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(len(a.from.Path), len(b.from.Path)), cmp.Compare(exact(a), exact(b)))
	})
	for _, t := range rest {
		owners[key(t.own)]--
		if head, n := p.leader(t); head != nil {
			t.behind = true
			want := p.fit(slices.Concat(head.want, t.from.Path[n:]))
			why := fmt.Sprintf("moves with %q", head.from.Name())
			if owners[key(want)] > 0 {
				want, why = p.another(want), fmt.Sprintf("%s, where another folder has that name", why)
			}
			p.settle(t, want, why)
			continue
		}
		if place := p.place(t); place != nil {
			p.settle(t, place, "beside others of an earlier run")
			continue
		}
		p.settle(t, t.own, p.ownReason(t))
	}
}

// leader is the nearest folder above that goes by another name, and its depth.
// One that went before and is to stay leads nobody away.
func (p *plan) leader(t *trip) (*trip, int) {
	for n := len(t.from.Path) - 1; n > 0; n-- {
		k := key(t.from.Path[:n])
		if head := p.moved[k]; head != nil {
			return head, n
		}
		if p.stays[k] || p.heads[k] != nil {
			break
		}
	}
	return nil, 0
}

// place is where a folder belongs because of those that went below the same
// folder, which the source does not list itself; nil if there are none.
func (p *plan) place(t *trip) []string {
	for n := len(t.from.Path) - 1; n > 0; n-- {
		k := key(t.from.Path[:n])
		if head := p.heads[k]; head != nil {
			return p.fit(slices.Concat(head, t.from.Path[n:]))
		}
		if p.stays[k] {
			break
		}
	}
	return nil
}

// ownReason tells how a folder's own path differs from what the source says.
func (p *plan) ownReason(t *trip) string {
	switch path := t.from.Path; {
	case slices.Equal(path, t.own):
		return ""
	case len(path) > 1 && len(t.own) == 1:
		return "the destination has no sub-folders"
	case len(path) == 0:
		return "it has no name"
	}
	return "INBOX is the same in any case"
}

// settle decides where the folder is to go. Only the user's rules, of this run
// or an earlier one, can make two folders meet; otherwise the later one gets
// another name.
func (p *plan) settle(t *trip, want []string, why string) {
	if !t.mapped && !t.again && p.isShut(want) {
		want, why = p.another(want), p.shutReason(want)
	}
	t.want = want
	if why != "" {
		t.why = append(t.why, why)
	}
	for _, o := range p.met[key(want)] {
		o.shares, t.shares = append(o.shares, t.from.Name()), append(t.shares, o.from.Name())
	}
	p.met[key(want)] = append(p.met[key(want)], t)
	p.take(want)
	if !slices.Equal(want, t.own) {
		p.moved[key(t.from.Path)] = t
	} else if t.again {
		p.stays[key(t.from.Path)] = true
	}
}

// shutReason tells who has the path.
func (p *plan) shutReason(path []string) string {
	for _, o := range p.met[key(path)] {
		if !o.open {
			return fmt.Sprintf("%q goes to %q", o.from.Name(), strings.Join(path, "/"))
		}
	}
	return fmt.Sprintf("%q has mail that another folder brought in an earlier run", strings.Join(path, "/"))
}

// take marks a path and all above it as in use.
func (p *plan) take(path []string) {
	for n := range path {
		p.taken[folded(path[:n+1])] = true
	}
}

// another is the first of "name 2", "name 3"... that nobody has or wants.
func (p *plan) another(path []string) []string {
	last := len(path) - 1
	for n := 2; ; n++ {
		other := append(slices.Clone(path[:last]), path[last]+" "+strconv.Itoa(n))
		if !p.taken[folded(other)] {
			return other
		}
	}
}

// destination is the folder at the destination: the one that is there, or the
// one to make.
func (p *plan) destination(t *trip) transfer.Folder {
	f, ok := p.there[key(t.to)]
	if !ok {
		f = transfer.Folder{Path: t.to, Count: -1, Bytes: -1}
	}
	switch {
	case isInbox(t.to):
		f.Role = transfer.RoleInbox
	case f.Role == "":
		f.Role = t.role
	}
	return f
}

// notes tell what became of the folder's name, who else goes there, and where
// its mail of an earlier run is. What went to the spare name is at home there.
func (t *trip) notes(spare []string) []string {
	var notes []string
	if !slices.Equal(t.to, t.from.Path) {
		why := strings.Join(t.why, "; ")
		notes = append(notes, fmt.Sprintf("%q goes to %q: %s", t.from.Name(), strings.Join(t.to, "/"), why))
	}
	if len(t.shares) > 0 {
		notes = append(notes, fmt.Sprintf("%q is merged into %q with %s", t.from.Name(), strings.Join(t.to, "/"), few(t.shares)))
	}
	if went := t.from.Went; len(went) > 0 && !slices.Equal(t.to, went) && !slices.Equal(spare, went) {
		notes = append(notes, fmt.Sprintf("%q went to %q in an earlier run: what was carried then stays there", t.from.Name(), strings.Join(went, "/")))
	}
	return notes
}

// few quotes up to five names and counts the rest.
func few(names []string) string {
	const most = 5
	var quoted []string
	for _, name := range names[:min(most, len(names))] {
		quoted = append(quoted, strconv.Quote(name))
	}
	if more := len(names) - most; more > 0 {
		quoted = append(quoted, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(quoted, ", ")
}
