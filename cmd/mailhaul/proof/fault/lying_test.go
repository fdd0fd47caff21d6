package fault

import (
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// sized changes RFC822.SIZE in every reply.
func sized(size func(true int) int) F {
	return F{On: "UID FETCH", Times: Always, Item: func(it *imapserver.Item) { it.Size = fmt.Sprint(size(len(it.Text))) }}
}

// dated changes INTERNALDATE in every reply.
func dated(date string) imapserver.Options {
	return faults(F{On: "UID FETCH", Times: Always, Item: func(it *imapserver.Item) { it.Date = date }})
}

// selected changes what SELECT tells.
func selected(change func(string) string) imapserver.Options {
	return faults(F{On: "SELECT", Times: Always, Line: change})
}

func lyingRows() []row {
	here := &end{present: 8}
	noDates := mailtest.CompareOptions{IgnoreDates: true}
	rows := []row{
		{name: "size: 0 for all", from: faults(sized(func(int) int { return 0 }))},
		{name: "size: smaller than it is", from: faults(sized(func(n int) int { return n / 2 }))},
		{name: "size: larger than it is", from: faults(sized(func(n int) int { return n * 3 }))},
		{name: "size: enormous", from: faults(sized(func(int) int { return 1 << 40 }))},
		{name: "size: wrong at the destination", to: faults(sized(func(n int) int { return n + 7 }))},
		{name: "size: no number", from: faults(F{On: "UID FETCH", Times: Always, Item: func(it *imapserver.Item) { it.Size = "NIL" }})},
		{name: "UIDNEXT: not told at the source", from: faults(F{On: "", Times: Always, Line: hideIn("UIDNEXT")})},
		{name: "UIDNEXT: not told by SELECT at the destination", to: selected(hide("UIDNEXT"))},
		{name: "UIDNEXT: too low", from: faults(F{On: "", Times: Always, Line: swap("UIDNEXT 6", "UIDNEXT 3")})},
		{name: "UIDVALIDITY: 0 at the source", from: faults(F{On: "", Times: Always, Line: swap("UIDVALIDITY 100", "UIDVALIDITY 0 100")})},
		{name: "UIDVALIDITY: not told at the destination", to: selected(hide("UIDVALIDITY"))},
		{name: "UIDVALIDITY: LIST tells another than SELECT", from: faults(F{On: "LIST", Times: Always, Line: swap("UIDVALIDITY 1001", "UIDVALIDITY 77")}), args: few,
			first: end{exit: 5, some: true, says: "UIDVALIDITY"}},
		{name: "EXISTS: fewer than there are, at the source", from: selected(swap("* 5 EXISTS", "* 2 EXISTS"))},
		{name: "EXISTS: none told at the source", from: selected(hide("EXISTS"))},
		{name: "EXISTS: none told at the destination", to: selected(hide("EXISTS"))},
		{name: "SELECT: only OK", to: selected(hide("* ")), stays: true, second: here},
		{name: "APPENDUID: of another folder", to: faults(F{On: "APPEND", Times: Always, Line: swap("APPENDUID 100", "APPENDUID 900")})},
		{name: "APPENDUID: no numbers", to: faults(F{On: "APPEND", Times: Always, Line: swap("APPENDUID 100", "APPENDUID x")})},
		{name: "APPENDUID: too many", to: faults(F{On: "APPEND", Times: Always, Line: swap("] stored", ",70:90] stored")})},
		{name: "APPENDUID: not told", to: faults(F{On: "APPEND", Times: Always, Line: func(line string) string {
			if strings.Contains(line, "APPENDUID") {
				return line[:strings.IndexByte(line, ' ')] + " OK stored"
			}
			return line
		}})},
	}
	for _, date := range []string{"30-Dec-1899 00:00:00 +0000", "", "15-Mar-19 10:00:00 +0100", "15-Mar-2019 25:61:00 +0100", "yesterday", "15-Mar-2019 10:00:00"} {
		rows = append(rows, row{name: fmt.Sprintf("date: %q", date), from: dated(date), allow: noDates})
	}
	return rows
}

// hideIn leaves one item out of a STATUS line, or the whole line of SELECT.
func hideIn(item string) func(string) string {
	return func(line string) string {
		at := strings.Index(line, item+" ")
		switch {
		case at < 0:
			return line
		case strings.HasPrefix(line, "* OK"):
			return ""
		}
		rest := strings.TrimLeft(line[at+len(item)+1:], "0123456789")
		return line[:at] + strings.TrimLeft(rest, " ")
	}
}
