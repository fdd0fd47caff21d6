package fault

import (
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// withTwin is testMail with a twin of number 1 in the same folder.
func withTwin() []mailtest.Mail {
	mails := testMail()
	return append(mails, mails[1])
}

// withLookAlike is testMail with one that has the header of number 2 and its
// size, and another text.
func withLookAlike() []mailtest.Mail {
	mails := testMail()
	other := letter(2)
	other.Bytes = append([]byte(nil), other.Bytes...)
	copy(other.Bytes[len(other.Bytes)-8:], "other\r\n\r\n")
	return append(mails, other)
}

// otherEnd is message i with another last line.
func otherEnd(i int) mailtest.Mail {
	m := letter(i)
	m.Bytes = append(m.Bytes, "another end\r\n"...)
	return m
}

// twinRows are about messages that are hard to tell apart.
func twinRows() []row {
	merging := imapserver.Options{Merge: true}
	oneByOne := imapserver.Options{Merge: true, Capabilities: lacking("MULTIAPPEND")}
	merged := end{copied: 8, merged: 1, lacks: []int{8}}
	known := &end{present: 9, lacks: []int{8}}
	cut := F{On: "APPEND", Late: true, Close: true}
	noUIDs := imapserver.Options{Capabilities: lacking("UIDPLUS"), Faults: []F{cut}}
	return []row{
		{name: "twins: a twin is merged (Gmail)", to: oneByOne, mail: withTwin(), stays: true, first: merged, second: known},
		{name: "twins: a twin is merged, many at once", to: merging, mail: withTwin(), stays: true, first: merged, second: known},
		{name: "twins: one that was there before is merged", to: merging, besides: []mailtest.Mail{otherEnd(2)},
			stays: true, first: end{exit: 3, copied: 7, merged: 1, lacks: []int{2}, says: "not the same"}, second: &end{present: 8, lacks: []int{2}}},
		{name: "twins: both arrive", mail: withTwin()},
		{name: "twins: both arrive, the connection lost", to: faults(cut), mail: withTwin()},
		{name: "twins: both arrive, the connection lost, one by one", to: one(cut), mail: withTwin()},
		{name: "twins: both arrive, the connection lost, no UIDs told", to: noUIDs, mail: withTwin()},
		{name: "twins: one is there already", mail: withTwin(), setup: func(g *rig) { g.to.Put(user, g.mail[1:2]) }, first: end{copied: 8, adopted: 1}},
		{name: "look-alikes: both arrive", mail: withLookAlike()},
		{name: "look-alikes: both arrive, the connection lost", to: faults(cut), mail: withLookAlike()},
		{name: "look-alikes: both arrive, the connection lost, one by one", to: one(cut), mail: withLookAlike()},
		{name: "look-alikes: both arrive, the connection lost, no UIDs told", to: noUIDs, mail: withLookAlike()},
		{name: "look-alikes: one is there already", mail: withLookAlike(), setup: func(g *rig) { g.to.Put(user, g.mail[8:]) }, first: end{copied: 8, adopted: 1}},
	}
}
