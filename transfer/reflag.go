package transfer

import (
	"fmt"
	"slices"
	"strings"
)

// compare notes a change of flags that the source made since they were last
// carried over. What the user did at the destination is not looked at.
func (f *feeder) compare(p *passage, m Message, rec Record) {
	if rec.UID == 0 || !f.reflagged(p, m, rec) {
		return
	}
	old := m
	old.Flags = flagsOf(rec.Flags)
	was, _ := f.job.Mapper.Message(old)
	is, _ := f.job.Mapper.Message(m)
	change := Reflag{UID: rec.UID, Add: minus(is.Flags, was.Flags), Drop: minus(was.Flags, is.Flags)}
	rec = rec.withFlags(flagKey(m.Flags))
	f.unit.reflag = append(f.unit.reflag, reflagging{part: p, change: change, record: rec})
}

// reflagged reports whether the source tells other flags than were carried over.
func (l *lane) reflagged(p *passage, m Message, rec Record) bool {
	return m.Brief != Unchanged && l.job.Sources[p.index].Marks == nil && flagKey(m.Flags) != rec.Flags
}

// carryFlags carries over what the source changed since the last pass.
func (l *lane) carryFlags(dest Dest, box Mailbox, u *unit) error {
	if len(u.reflag) == 0 {
		return nil
	}
	reflagger, ok := dest.(Reflagger)
	if !ok {
		return nil
	}
	var changes []Reflag
	var records []Record
	for _, r := range u.reflag {
		stale := r.record.Epoch != box.Epoch // its UID means nothing here
		if stale && !u.linked {
			u.waits = true // until a pass has looked for it
			continue
		}
		if r.record.To != u.to.Key() {
			continue
		}
		records = append(records, r.record)
		if !stale && len(r.change.Add)+len(r.change.Drop) > 0 {
			changes = append(changes, r.change)
		}
	}
	notes, err := reflagger.Reflag(l.feed, u.to, changes)
	for _, text := range notes {
		l.ledger.note(u.parts[0], fmt.Sprintf("%s: %s", u.to.Name(), text))
	}
	if err != nil {
		return err
	}
	if err := l.job.Checkpoint.Settle(l.work, records); err != nil {
		return l.local(l.work, err)
	}
	u.reflag = nil
	return nil
}

// flagKey is how a set of flags stands in the checkpoint.
func flagKey(flags []Flag) string {
	if len(flags) == 0 {
		return ""
	}
	s := make([]string, len(flags))
	for i, f := range flags {
		s[i] = string(f)
	}
	slices.Sort(s)
	return strings.Join(s, " ")
}

func flagsOf(key string) []Flag {
	var flags []Flag
	for f := range strings.FieldsSeq(key) {
		flags = append(flags, Flag(f))
	}
	return flags
}

// hasFlag reports whether the flag is one of them.
func hasFlag(flags []Flag, f Flag) bool { return len(minus([]Flag{f}, flags)) == 0 }

// minus is the flags of a that are not in b.
func minus(a, b []Flag) []Flag {
	var out []Flag
	for _, f := range a {
		if !slices.ContainsFunc(b, func(g Flag) bool { return strings.EqualFold(string(f), string(g)) }) {
			out = append(out, f)
		}
	}
	return out
}
