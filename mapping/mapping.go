// Package mapping decides where folders go and what becomes of flags: pure
// functions, the same answer for the same question.
//
// A [Map] is made of the user's [Rules] by [New] and is a [transfer.Mapper].
// [Map.Routes] sees all folders of one source and all that the destination
// has, and asks in this order:
//
//  1. Is the folder wanted? [Rules].Include and Exclude, globs on its name.
//     The views of Gmail ("All Mail", "Starred", "Important") show mail of
//     other folders; they are left out unless a rule names them in full.
//  2. Does a rule of [Rules].Map speak of it, or of a folder above it? The
//     deepest folder that a rule speaks of decides; of several rules the first.
//  3. Was it carried before ([transfer.Folder].Went)? Then it goes where it went,
//     and all others keep away from there, also while it is left out: what is
//     at the destination now is partly our own doing and must not change the way.
//  4. Has it a role (sent, drafts, trash, junk, archive)? Then it goes to the
//     destination's folder of that role, its sub-folders with it. The role is
//     the server's attribute (RFC 6154); where a folder has none, its name
//     tells, in some thirty languages, if it stands at the top or directly
//     below INBOX or [Gmail]. A role has one folder; a second one that claims
//     it keeps its name, and so does one that comes after another was carried.
//  5. Is it INBOX, in any case? Then it is INBOX, and what is below stays below.
//  6. Can the destination hold the name? If so it stays to the letter, blanks
//     at its ends and all. If not, what cannot be held becomes "_".
//
// Two folders meet only where a rule of [Rules].Map says so, or did when they
// were carried first; else the second
// one's name gets " 2". Each change of a name and each merge is a note of the
// [transfer.Route]. A name that some servers refuse gets a spare one.
//
// # Globs
//
// A glob is matched against the components of a folder's path, written with
// "/" between them whatever the server uses. "*" matches any text within a
// component, and "**" as a component any number of components: "**/Old" is
// every folder Old, "Lists/**" all below Lists. At the end "**" matches at
// least one component. Nothing else is special, so "[Gmail]" and "Why?" stand
// as they are; `\*`, `\/`, `\\`, `\=` and `\$` are the characters themselves.
//
// What names a folder takes all below it: "Spam" is Spam and Spam/2015. What
// is below and not the folder itself is "Spam/*". Names differ by case, but
// for INBOX as the first component; the Unicode form (NFC or NFD) does not
// matter.
package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// Rules are the user's wishes. The zero Rules carry everything, by roles.
type Rules struct {
	// Include and Exclude are globs. Without Include all folders are wanted;
	// Exclude has the last word.
	Include, Exclude []string
	// Map renames folders.
	Map []Pair
	// Flags translates flags; the first rule for a flag counts.
	Flags []FlagRule
	// Unify gives keywords that have several spellings the registered one:
	// $Forwarded, $Junk, $NotJunk. Without it they stay to the letter, since the
	// user's programs may know only theirs.
	Unify bool
	// Since leaves out messages that arrived before it, Before those that
	// arrived at it or later. A message without date is never left out.
	Since, Before time.Time
	// MaxSize leaves out messages larger than this many bytes; 0 is no limit.
	MaxSize int64
	// NoRoles takes folders by name only. Views stay left out.
	NoRoles bool
}

// Map translates by rules. It never changes and may be used from several
// goroutines.
type Map struct {
	include, exclude []glob
	renames          []rename
	flags            map[string]transfer.Flag
	since, before    time.Time
	maxSize          int64
	noRoles, unify   bool
	fingerprint      string
}

var (
	_ transfer.Mapper        = (*Map)(nil)
	_ transfer.Fingerprinter = (*Map)(nil)
)

// New checks the rules. An error names the rule and what is wrong with it.
func New(r Rules) (*Map, error) {
	m := &Map{since: r.Since, before: r.Before, maxSize: r.MaxSize, noRoles: r.NoRoles, unify: r.Unify}
	m.fingerprint = fingerprint(r)
	if !r.Since.IsZero() && !r.Before.IsZero() && !r.Since.Before(r.Before) {
		return nil, fmt.Errorf("since %s and before %s leave no message", stamp(r.Since), stamp(r.Before))
	}
	if r.MaxSize < 0 {
		return nil, fmt.Errorf("max size %d is negative", r.MaxSize)
	}
	var errs [4]error
	m.include, errs[0] = compileAll("include", r.Include)
	m.exclude, errs[1] = compileAll("exclude", r.Exclude)
	m.renames, errs[2] = compileRenames(r.Map)
	m.flags, errs[3] = compileFlags(r.Flags)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return m, nil
}

// Fingerprint names what [Map.Message] answers: equal rules on messages, equal
// fingerprints.
func (m *Map) Fingerprint() string { return m.fingerprint }

func fingerprint(r Rules) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %t %d %d %d", r.Flags, r.Unify, r.Since.Unix(), r.Before.Unix(), r.MaxSize)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Routes answers one route for each of folders, in their order.
func (m *Map) Routes(folders []transfer.Folder, site transfer.Site) []transfer.Route {
	routes := make([]transfer.Route, len(folders))
	p := newPlan(site)
	for i, f := range folders {
		if routes[i].Skip = m.leaveOut(f); routes[i].Skip == "" {
			p.add(f, i)
		} else {
			p.reserve(f)
		}
	}
	p.byRules(m.renames)
	p.byWent()
	if !m.noRoles {
		p.byRole()
	}
	p.byName()
	p.hold()
	for _, t := range p.trips {
		routes[t.index].To = p.destination(t)
	}
	p.spares(routes)
	for _, t := range p.trips {
		r := &routes[t.index]
		r.Notes, r.Altered = t.notes(r.Spare.Path), t.altered
	}
	return routes
}

// leaveOut is the reason why a folder is not wanted, "" if it is.
func (m *Map) leaveOut(f transfer.Folder) string {
	for _, g := range m.exclude {
		if g.takes(f.Path) {
			return fmt.Sprintf("excluded by %q", g.text)
		}
	}
	if len(m.include) > 0 && !anyTakes(m.include, f.Path) {
		return "not among the folders asked for"
	}
	if isView(f) && !m.namedInFull(f.Path) {
		return viewReason(f)
	}
	return ""
}

// namedInFull reports whether a rule without wildcards speaks of that very folder.
func (m *Map) namedInFull(path []string) bool {
	for _, g := range m.include {
		if g.literal && g.is(path) {
			return true
		}
	}
	for _, r := range m.renames {
		if r.from.literal && r.from.is(path) {
			return true
		}
	}
	return false
}

// isView reports whether the folder shows mail that stands elsewhere: RFC
// 6154 section 2 (\All, \Flagged) and RFC 8457 (\Important).
func isView(f transfer.Folder) bool {
	switch f.Role {
	case transfer.RoleAll, transfer.RoleFlagged, transfer.RoleImportant:
		return !isInbox(f.Path)
	}
	return false
}

func viewReason(f transfer.Folder) string {
	how := "to carry it too, map it to a folder: --map " + quote(f.Path) + "=" + quote(f.Path[max(0, len(f.Path)-1):])
	if f.Role == transfer.RoleAll {
		return `shows all mail again (\All), and alone holds mail that no other folder has, as what was archived in Gmail; ` + how
	}
	return "shows mail of other folders again; " + how
}
