package imapserver

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// mailCommand carries out a command about messages.
func (n *session) mailCommand(c *command) (string, error) {
	if c.name == "APPEND" {
		n.account.mu.Lock()
		defer n.account.mu.Unlock()
		return n.append(c.rest()), nil
	}
	name, byUID := strings.CutPrefix(c.name, "UID ")
	args := c.rest()
	switch name {
	case "FETCH", "STORE", "SEARCH", "EXPUNGE", "COPY":
	default:
		return "BAD unknown command", nil
	}
	if n.open == nil {
		return "BAD no folder is open", nil
	}
	n.account.mu.Lock()
	if n.open.deleted {
		n.account.mu.Unlock()
		return "NO [NONEXISTENT] the folder was deleted", nil
	}
	if name == "FETCH" {
		return n.fetch(args, byUID)
	}
	defer n.account.mu.Unlock()
	defer func() {
		if byUID || name == "EXPUNGE" {
			n.synchronise()
		}
	}()
	switch name {
	case "STORE":
		return n.flag(args, byUID), nil
	case "SEARCH":
		return n.search(args, byUID), nil
	case "COPY":
		return n.copy(args, byUID), nil
	}
	return n.expunge(args, byUID), nil
}

// chosen is a message of the open folder with its sequence number.
type chosen struct {
	seq int
	m   *message
}

// choice finds the messages of a set, in rising order. ok is false for what is
// no set.
func (n *session) choice(set string, byUID bool) (out []chosen, ok bool) {
	for part := range strings.SplitSeq(set, ",") {
		first, last, isRange := strings.Cut(part, ":")
		if !isRange {
			last = first
		}
		from, ok1 := n.bound(first, byUID)
		to, ok2 := n.bound(last, byUID)
		if !ok1 || !ok2 {
			return nil, false
		}
		if from > to {
			from, to = to, from
		}
		at := int(min(from, math.MaxInt32)) - 1
		if byUID {
			at, _ = slices.BinarySearch(n.view, from)
		}
		for ; at < len(n.view) && (byUID && n.view[at] <= to || !byUID && uint32(at) < to); at++ {
			if i, there := n.open.find(n.view[at]); there {
				out = append(out, chosen{at + 1, n.open.messages[i]})
			}
		}
	}
	if strings.Contains(set, ",") {
		slices.SortFunc(out, func(a, b chosen) int { return a.seq - b.seq })
		out = slices.CompactFunc(out, func(a, b chosen) bool { return a.seq == b.seq })
	}
	return out, true
}

// bound reads one end of a range.
func (n *session) bound(text string, byUID bool) (uint32, bool) {
	if text == "*" {
		switch {
		case !byUID:
			return uint32(max(len(n.view), 1)), true
		case len(n.view) == 0:
			return math.MaxUint32, true
		}
		return n.view[len(n.view)-1], true
	}
	v, err := strconv.ParseUint(text, 10, 32)
	return uint32(v), err == nil && v > 0
}

func isDeleted(m *message) bool { return hasFlag(m.flags, `\Deleted`) }

func hasFlag(flags []string, flag string) bool {
	return slices.ContainsFunc(flags, func(f string) bool { return strings.EqualFold(f, flag) })
}

// flag is STORE.
func (n *session) flag(args []token, byUID bool) string {
	if len(args) < 3 {
		return "BAD a set, an item and flags"
	}
	if n.readOnly {
		return "NO [READ-ONLY] the folder can only be read"
	}
	chosen, ok := n.choice(args[0].text, byUID)
	if !ok {
		return "BAD that is no set"
	}
	how, silent := strings.CutSuffix(strings.ToUpper(args[1].text), ".SILENT")
	tokens, _ := list(args[2:])
	flags := texts(tokens)
	for _, c := range chosen {
		at, _ := n.open.find(c.m.uid)
		changed := *c.m
		changed.flags = stored(c.m.flags, how, flags)
		n.open.messages[at] = &changed
		n.open.modseq++
		if !silent {
			n.line(fmt.Sprintf("* %d FETCH (UID %d FLAGS (%s))", c.seq, c.m.uid, strings.Join(changed.flags, " ")))
		}
	}
	return "OK done"
}

// stored are the flags after a STORE.
func stored(now []string, how string, flags []string) []string {
	switch how {
	case "FLAGS":
		return flags
	case "-FLAGS":
		return slices.DeleteFunc(slices.Clone(now), func(f string) bool { return hasFlag(flags, f) })
	}
	out := slices.Clone(now)
	for _, f := range flags {
		if !hasFlag(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// search knows UID, ALL, HEADER MESSAGE-ID, and whether a flag is set.
func (n *session) search(args []token, byUID bool) string {
	found, _ := n.choice("1:*", false)
	for len(args) > 0 {
		key := strings.ToUpper(args[0].text)
		args = args[1:]
		var keep func(m *message) bool
		switch {
		case key == "ALL":
			continue
		case key == "UID" && len(args) > 0:
			some, ok := n.choice(args[0].text, true)
			if !ok {
				return "BAD that is no set"
			}
			in := map[uint32]bool{}
			for _, c := range some {
				in[c.m.uid] = true
			}
			keep, args = func(m *message) bool { return in[m.uid] }, args[1:]
		case key == "HEADER" && len(args) > 1:
			name, text := args[0].string(), args[1].string()
			keep, args = func(m *message) bool { return strings.Contains(field(m.bytes, name), text) }, args[2:]
		case key == "DELETED" || key == "SEEN" || key == "FLAGGED" || key == "ANSWERED" || key == "DRAFT":
			keep = func(m *message) bool { return hasFlag(m.flags, `\`+key) }
		default:
			return "BAD unknown search key " + key
		}
		found = slices.DeleteFunc(found, func(c chosen) bool { return !keep(c.m) })
	}
	line := "* SEARCH"
	for _, c := range found {
		number := uint32(c.seq)
		if byUID {
			number = c.m.uid
		}
		line += " " + strconv.FormatUint(uint64(number), 10)
	}
	n.line(line)
	return "OK done"
}

// expunge is EXPUNGE and UID EXPUNGE.
func (n *session) expunge(args []token, byUID bool) string {
	if n.readOnly {
		return "NO [READ-ONLY] the folder can only be read"
	}
	if !byUID {
		n.open.expunge(isDeleted)
		return "OK done"
	}
	if !n.has("UIDPLUS") || len(args) == 0 {
		return "BAD unknown command"
	}
	some, ok := n.choice(args[0].text, true)
	if !ok {
		return "BAD that is no set"
	}
	in := map[uint32]bool{}
	for _, c := range some {
		in[c.m.uid] = true
	}
	n.open.expunge(func(m *message) bool { return in[m.uid] && isDeleted(m) })
	return "OK done"
}

// copy is COPY.
func (n *session) copy(args []token, byUID bool) string {
	if len(args) < 2 {
		return "BAD a set and a folder"
	}
	some, ok := n.choice(args[0].text, byUID)
	box := n.account.box(args[1].string())
	switch {
	case !ok:
		return "BAD that is no set"
	case box == nil:
		return "NO [TRYCREATE] there is no such folder"
	}
	for _, c := range some {
		again := *c.m
		box.add(&again)
	}
	return "OK done"
}
