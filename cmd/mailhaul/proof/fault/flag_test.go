package fault

import (
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// withoutKeyword is message 1 without its keyword, the others as they are.
func withoutKeyword(i int, m *mailtest.Mail) {
	m.Flags = slices.DeleteFunc(slices.Clone(m.Flags), func(f string) bool { return !strings.HasPrefix(f, `\`) })
}

func flagRows() []row {
	here := &end{present: 8}
	dropped := end{copied: 8, says: "$Forwarded"}
	day := func(text, say string) imapserver.Options {
		return faults(F{On: "APPEND", With: text, Times: Always, Say: say})
	}
	return []row{
		{name: "flags: a keyword refused with BAD", to: faults(F{On: "APPEND", With: "$Forwarded", Times: Always, Say: "BAD Invalid system flag"}), made: withoutKeyword, first: dropped},
		{name: "flags: a keyword refused with NO [CANNOT]", to: one(F{On: "APPEND", With: "$Forwarded", Times: Always, Say: "NO [CANNOT] Invalid keyword"}), made: withoutKeyword, first: dropped},
		{name: "flags: a keyword refused with NO [LIMIT]", to: one(F{On: "APPEND", With: "$Forwarded", Times: Always, Say: "NO [LIMIT] Too many keywords"}), made: withoutKeyword, first: dropped},
		{name: "flags: a keyword refused by its name", to: faults(F{On: "APPEND", With: "$Forwarded", Times: Always, Say: "NO Flag $Forwarded not supported"}), made: withoutKeyword, first: dropped},
		{name: "flags: no keywords kept", to: imapserver.Options{Permanent: `\Answered \Flagged \Deleted \Seen \Draft`}, made: withoutKeyword, first: dropped},
		{name: "flags: keywords lost without a word", to: faults(F{On: "APPEND", Times: Always, Store: func(m *imapserver.Message) bool {
			m.Flags = slices.DeleteFunc(m.Flags, func(f string) bool { return f == "$Forwarded" })
			return true
		}}), made: withoutKeyword, stays: true, second: here},
		{name: "flags: no PERMANENTFLAGS told", to: selected(hide("PERMANENTFLAGS")), made: withoutKeyword, first: dropped},
		{name: "flags: neither FLAGS nor PERMANENTFLAGS told", to: selected(hide("FLAGS"))},
		{name: "flags: PERMANENTFLAGS empty", to: imapserver.Options{Permanent: " "}, allow: mailtest.CompareOptions{IgnoreFlags: true}},
		{name: "flags: some cannot be kept", to: imapserver.Options{Permanent: `\Seen \Answered \*`},
			made: func(_ int, m *mailtest.Mail) {
				m.Flags = slices.DeleteFunc(slices.Clone(m.Flags), func(f string) bool { return f == `\Flagged` })
			}, first: end{copied: 8, says: `\\Flagged`}},
		{name: "flags: odd ones at the source", from: faults(F{On: "UID FETCH", Times: Always, Item: func(it *imapserver.Item) { it.Flags += ` \Recent \ \X-Own "quo ted"` }}),
			allow: mailtest.CompareOptions{IgnoreFlags: true}},
		{name: "flags: in another case", from: faults(F{On: "UID FETCH", Times: Always, Item: func(it *imapserver.Item) { it.Flags = strings.Replace(it.Flags, `\Seen`, `\SEEN`, 1) }})},
		{name: "flags: not told with the text", from: faults(bodies(F{Times: Always, Item: func(it *imapserver.Item) { it.Flags = `\Seen \Answered` }})), allow: mailtest.CompareOptions{IgnoreFlags: true}},
		{name: "date: a day of one digit refused with BAD", to: day(`" 5-Apr-2019`, "BAD Invalid date-time in Append command"), first: end{copied: 8}},
		{name: "date: a day of one digit refused with NO", to: day(`" 5-Apr-2019`, "NO invalid internal date"), first: end{copied: 8}},
		{name: "date: a day of two digits refused", to: day(`"05-Apr-2019`, "BAD Invalid date-time in Append command"), first: end{copied: 8}},
		{name: "date: every date of that month refused", to: day(`-Apr-2019`, "BAD Invalid date-time in Append command"),
			first: end{copied: 8}, allow: mailtest.CompareOptions{IgnoreDates: true}},
		{name: "date: stored as now", to: faults(F{On: "APPEND", Times: Always, Store: func(m *imapserver.Message) bool { m.Date = "22-Nov-2026 10:00:00 +0000"; return true }}),
			allow: mailtest.CompareOptions{IgnoreDates: true}, stays: true, second: here},
		{name: "date: the future and the distant past", mail: distant(), first: end{copied: 2}, allow: mailtest.CompareOptions{IgnoreDates: true}},
	}
}

// distant is mail that arrived when no server can tell.
func distant() []mailtest.Mail {
	old, late := letter(0), letter(1)
	old.Date = old.Date.AddDate(-80, 0, 0)
	late.Date = late.Date.AddDate(100, 0, 0)
	return []mailtest.Mail{old, late}
}
