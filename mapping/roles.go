package mapping

import (
	"cmp"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

// roles are those that folders move by, in the order they are settled.
var roles = [...]transfer.Role{
	transfer.RoleSent, transfer.RoleDrafts, transfer.RoleTrash, transfer.RoleJunk, transfer.RoleArchive,
	transfer.RoleAll, transfer.RoleFlagged, transfer.RoleImportant,
}

// claim is what speaks for a folder's having a role; the least claim is best.
type claim struct {
	byName bool // no attribute says so
	depth  int
	rank   int // of the name
}

// claimOf answers how the folder claims the role, if it does. INBOX has none
// but its own.
func claimOf(f transfer.Folder, role transfer.Role) (claim, bool) {
	if len(f.Path) == 0 || isInbox(f.Path) {
		return claim{}, false
	}
	named, rank := nameRole(f.Path)
	if f.Role != "" {
		if named != role {
			rank = len(languages)
		}
		return claim{false, len(f.Path), rank}, f.Role == role
	}
	return claim{true, len(f.Path), rank}, named == role
}

func (a claim) compare(b claim) int {
	attribute := func(c claim) int {
		if c.byName {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(attribute(a), attribute(b)), cmp.Compare(a.depth, b.depth), cmp.Compare(a.rank, b.rank))
}

// nameRole is the role that a path means where no attribute tells, and how
// far down in the table its language is. The path must be at the top, or directly
// below INBOX or Gmail's own folder.
func nameRole(path []string) (transfer.Role, int) {
	switch {
	case len(path) == 1:
	case len(path) == 2 && (isInboxName(path[0]) || path[0] == "[Gmail]" || path[0] == "[Google Mail]"):
	default:
		return "", 0
	}
	return lookUp(fold(path[len(path)-1]))
}

// byRole settles the folders that have a role: first those for which the
// destination has one, so that its name is theirs.
func (p *plan) byRole() {
	before := p.withoutRoles()
	claimants := make(map[transfer.Role]*trip)
	for _, role := range roles {
		claimants[role] = p.claimant(role)
		if t := claimants[role]; t != nil {
			if t.want == nil || p.standing(t, role) < elsewhere || len(p.candidates(role)) == 0 {
				t.role = role
			}
			if t.want != nil {
				continue
			}
			if home := p.home(role, t.own); home != nil && !slices.Equal(home, before[t]) {
				p.settle(t, home, "the destination's folder for "+string(role))
			}
		}
	}
	for _, role := range roles {
		t := claimants[role]
		if t != nil && t.want == nil {
			p.settle(t, t.own, p.ownReason(t))
		}
		if t != nil && isView(t.from) {
			t.role = ""
		}
		if t == nil && len(p.candidates(role)) == 0 {
			p.lend(role)
		}
	}
}

// withoutRoles answers where the folders would go if there were no roles. A
// folder whose home that is has been there before, and must not part from the
// others below a name that changes.
func (p *plan) withoutRoles() map[*trip][]string {
	trial := &plan{site: p.site, history: p.history}
	for _, t := range p.trips {
		want := t.own
		if t.want != nil {
			want = t.want
		}
		trial.trips = append(trial.trips, &trip{want: want})
	}
	trial.hold()
	to := make(map[*trip][]string, len(p.trips))
	for i, t := range p.trips {
		to[t] = trial.trips[i].to
	}
	return to
}

// claimant is the folder that has the role and that no rule of the user's
// speaks of. One that was carried before keeps it, unless it went elsewhere
// and the destination's folder for the role is nobody's.
func (p *plan) claimant(role transfer.Role) *trip {
	fresh := p.best(role, func(t *trip) bool { return t.want == nil })
	holder := p.best(role, func(t *trip) bool { return t.again })
	if holder == nil || fresh != nil && p.standing(holder, role) == elsewhere && p.home(role, fresh.own) != nil {
		return fresh
	}
	return holder
}

// best is the folder among those with the best claim, the one that stands in
// a place of the role first. Of equal claims the first counts.
func (p *plan) best(role transfer.Role, among func(*trip) bool) *trip {
	var first *trip
	var least claim
	for _, t := range p.trips {
		c, ok := claimOf(t.from, role)
		if !ok || !among(t) {
			continue
		}
		if first == nil || cmp.Or(cmp.Compare(p.standing(t, role), p.standing(first, role)), c.compare(least)) < 0 {
			first, least = t, c
		}
	}
	return first
}

// The standings of a folder that has its place: what that place is at the
// destination.
const (
	byAttribute = iota // a folder of the role
	byItsName          // a folder with a name of the role
	elsewhere
)

func (p *plan) standing(t *trip, role transfer.Role) int {
	switch c, ok := claimOf(p.there[key(t.want)], role); {
	case !ok:
		return elsewhere
	case c.byName:
		return byItsName
	}
	return byAttribute
}

// lend gives a role that nobody has at the destination to the first folder
// that the user mapped and that had it.
func (p *plan) lend(role transfer.Role) {
	for _, t := range p.trips {
		if _, ok := claimOf(t.from, role); ok && t.mapped && !isView(t.from) {
			t.role = role
			return
		}
	}
}

// home is the destination's folder for the role, nil if it has none: the one
// with the attribute, else by name. Among several of a kind the folder's own
// path comes first, so that a later pass finds what the first one made. Where
// another folder went is no home.
func (p *plan) home(role transfer.Role, own []string) []string {
	all := slices.DeleteFunc(p.candidates(role), func(c candidate) bool { return p.isShut(c.path) })
	if len(all) == 0 {
		return nil
	}
	mine := func(c candidate) int {
		if slices.Equal(c.path, own) {
			return 0
		}
		return 1
	}
	return slices.MinFunc(all, func(a, b candidate) int {
		if a.byName != b.byName {
			return a.compare(b.claim)
		}
		return cmp.Or(cmp.Compare(mine(a), mine(b)), a.compare(b.claim), slices.Compare(a.path, b.path))
	}).path
}

// candidate is a folder at the destination that can be the home of a role.
type candidate struct {
	claim
	path []string
}

func (p *plan) candidates(role transfer.Role) []candidate {
	var all []candidate
	for _, f := range p.site.Folders {
		if c, ok := claimOf(f, role); ok {
			all = append(all, candidate{c, f.Path})
		}
	}
	return all
}
