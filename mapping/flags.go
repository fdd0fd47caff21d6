package mapping

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// FlagRule makes a flag another one; an empty To drops it. From is compared
// without regard to case, and stands for the other spellings of the same flag
// too: "Junk" is also "$Junk". To is taken to the letter.
type FlagRule struct{ From, To string }

// ParseFlagRule reads FROM=TO, or FROM= to drop the flag.
func ParseFlagRule(s string) (FlagRule, error) {
	from, to, err := cutPair(s)
	if err != nil {
		return FlagRule{}, err
	}
	r := FlagRule{from, to}
	if err := r.check(); err != nil {
		return FlagRule{}, err
	}
	return r, nil
}

func (r FlagRule) check() error {
	if r.From == "" || strings.ContainsFunc(r.From, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return fmt.Errorf("flag %q: that is no flag", r.From)
	}
	if r.To != "" && !isFlag(r.To) {
		return fmt.Errorf("flag %q to %q: a flag is a system flag or a word of ASCII without blanks and without any of ( ) { %% * \" \\ ]", r.From, r.To)
	}
	return nil
}

// isFlag reports whether a server can be given the flag: a system flag that a
// client may set or an atom, RFC 9051 section 9, "flag".
func isFlag(s string) bool {
	if strings.HasPrefix(s, `\`) {
		return slices.Contains(systemFlags, spell(transfer.Flag(s)))
	}
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`(){%*"\]`, c)
	})
}

var systemFlags = []transfer.Flag{transfer.Seen, transfer.Answered, transfer.Flagged, transfer.Deleted, transfer.Draft}

func compileFlags(rules []FlagRule) (map[string]transfer.Flag, error) {
	flags := make(map[string]transfer.Flag, len(rules))
	for _, r := range rules {
		if err := r.check(); err != nil {
			return nil, err
		}
		key := strings.ToLower(string(spell(transfer.Flag(r.From))))
		to := transfer.Flag(r.To)
		if strings.HasPrefix(r.To, `\`) {
			to = spell(to)
		}
		if _, ok := flags[key]; !ok {
			flags[key] = to
		}
	}
	return flags, nil
}

// spell answers the one spelling of a flag that has several: system flags by
// case, and the keywords that clients wrote before they were registered.
func spell(f transfer.Flag) transfer.Flag {
	switch s := strings.ToLower(string(f)); s {
	case "forwarded", "$forwarded":
		return "$Forwarded"
	case "junk", "$junk":
		return "$Junk"
	case "nonjunk", "$nonjunk", "notjunk", "$notjunk":
		return "$NotJunk"
	default:
		for _, system := range systemFlags {
			if s == strings.ToLower(string(system)) {
				return system
			}
		}
		return f
	}
}

// Message answers the message with its flags translated, each once; a reason
// other than "" leaves it out.
func (m *Map) Message(msg transfer.Message) (out transfer.Message, skip string) {
	if skip := m.skip(msg); skip != "" {
		return msg, skip
	}
	msg.Flags = m.translate(msg.Flags)
	return msg, ""
}

func (m *Map) skip(msg transfer.Message) string {
	dated := !msg.Date.IsZero()
	switch {
	case dated && !m.since.IsZero() && msg.Date.Before(m.since):
		return "older than " + stamp(m.since)
	case dated && !m.before.IsZero() && !msg.Date.Before(m.before):
		return "not older than " + stamp(m.before)
	case m.maxSize > 0 && msg.Size > m.maxSize:
		return fmt.Sprintf("larger than %d bytes", m.maxSize)
	}
	return ""
}

func (m *Map) translate(flags []transfer.Flag) []transfer.Flag {
	if len(flags) == 0 {
		return flags
	}
	out := make([]transfer.Flag, 0, len(flags))
	for _, f := range flags {
		one := spell(f)
		if to, ok := m.flags[strings.ToLower(string(one))]; ok {
			f = to
		} else if m.unify || strings.HasPrefix(string(f), `\`) {
			f = one
		}
		same := func(g transfer.Flag) bool { return strings.EqualFold(string(g), string(f)) }
		if f != "" && !strings.EqualFold(string(f), `\Recent`) && !slices.ContainsFunc(out, same) {
			out = append(out, f)
		}
	}
	return out
}

// stamp writes a time as a day, with the time of day only where it has one.
func stamp(t time.Time) string {
	if t.Equal(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}
