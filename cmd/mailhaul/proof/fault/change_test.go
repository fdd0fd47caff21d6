package fault

import (
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// changeRows are those in which somebody changes a side while mailhaul runs.
func changeRows() []row {
	return []row{
		{name: "change: a message is expunged before it is fetched", moves: true, setup: func(g *rig) {
			g.from.Break(bodies(F{Do: func() { g.from.Expunge(user, "INBOX", 3) }}))
		}, first: end{copied: 7, vanished: 1, lacks: []int{2}}, second: &end{present: 7, lacks: []int{2}}},
		{name: "change: a message is expunged before it is fetched, and told so", moves: true, setup: func(g *rig) {
			g.from.Break(bodies(F{Do: func() { g.from.Expunge(user, "INBOX", 3) }, First: "* 3 EXPUNGE"}))
		}, first: end{copied: 7, vanished: 1, lacks: []int{2}}, second: &end{present: 7, lacks: []int{2}}},
		{name: "change: all of a folder is expunged before it is fetched", moves: true, setup: func(g *rig) {
			g.from.Break(F{On: "SELECT", In: "Sent", Do: func() { g.from.Expunge(user, "Sent", 1, 2) }})
		}, first: end{copied: 6, lacks: []int{5, 6}}, second: &end{present: 6, lacks: []int{5, 6}}},
		{name: "change: mail arrives at the source meanwhile", moves: true, setup: func(g *rig) {
			g.mail = append(g.mail, letter(8))
			g.from.Break(bodies(F{Do: func() { g.from.Put(user, g.mail[8:]) }}))
		}, first: end{copied: 8, lacks: []int{8}}, second: &end{present: 8, copied: 1}},
		{name: "change: mail arrives at the destination meanwhile", setup: func(g *rig) {
			g.to.Break(F{On: "APPEND", Do: g.deliver})
		}, first: end{copied: 8}, second: &end{present: 8}},
		{name: "change: mail arrives at the destination, and the connection is lost", setup: func(g *rig) {
			g.to.Break(F{On: "APPEND", Late: true, Close: true, Do: g.deliver})
		}},
		{name: "change: a source folder is deleted meanwhile", moves: true, setup: func(g *rig) {
			g.from.Break(F{On: "SELECT", In: "Sent", Do: func() { g.from.Delete(user, "Sent") }})
		}, first: end{exit: 1, some: true, says: "Sent"}, second: &end{present: 6, lacks: []int{5, 6}}},
		{name: "change: a destination folder is deleted meanwhile", to: imapserver.Options{Capabilities: lacking("MULTIAPPEND")}, setup: func(g *rig) {
			g.to.Break(F{On: "APPEND", In: "Sent", From: 2, Do: func() { g.to.Delete(user, "Sent") }})
		}, first: end{exit: 3, copied: 8, some: true, says: "Sent"}, second: &end{present: 8, some: true}},
		{name: "change: a destination folder is deleted before the first message", setup: func(g *rig) {
			g.to.Break(F{On: "APPEND", In: "Sent", Do: func() { g.to.Delete(user, "Sent") }})
		}},
		{name: "change: UIDVALIDITY of the source before the list", moves: true, setup: func(g *rig) {
			g.from.Break(F{On: "SELECT", In: "INBOX", Do: func() { g.from.Revalidate(user, "INBOX") }})
		}, args: few, first: end{exit: 5, some: true, says: "UIDVALIDITY"}},
		{name: "change: UIDVALIDITY of the source between two runs", moves: true, between: func(g *rig) { g.from.Revalidate(user, "INBOX") }, second: &end{present: 8}},
		{name: "change: UIDVALIDITY of the destination meanwhile", to: imapserver.Options{Capabilities: lacking("MULTIAPPEND")}, setup: func(g *rig) {
			g.to.Break(F{On: "APPEND", From: 3, Do: func() { g.to.Revalidate(user, "INBOX") }, Late: true, Close: true})
		}},
		{name: "change: UIDVALIDITY of the destination between two runs", between: func(g *rig) { g.to.Revalidate(user, "INBOX") }, second: &end{present: 8}},
		{name: "change: both UIDVALIDITYs between two runs", moves: true, between: func(g *rig) {
			g.from.Revalidate(user, "INBOX")
			g.to.Revalidate(user, "INBOX")
		}, second: &end{present: 8}},
		{name: "change: the user deletes a copy between two runs", between: func(g *rig) { g.to.Expunge(user, "INBOX", 3) }, second: &end{present: 8, lacks: []int{2}}},
		{name: "change: the destination expunges a copy while more arrive", to: imapserver.Options{Capabilities: lacking("MULTIAPPEND")}, setup: func(g *rig) {
			g.to.Break(F{On: "APPEND", From: 4, Do: func() { g.to.Expunge(user, "INBOX", 1) }})
		}, first: end{copied: 8, lacks: []int{0}}, second: &end{present: 8, lacks: []int{0}}},
		{name: "change: half is there already", setup: func(g *rig) { g.to.Put(user, g.mail[:4]) }, first: end{copied: 4, adopted: 4}, second: &end{present: 8}},
		{name: "change: all is there already", setup: func(g *rig) { g.to.Put(user, g.mail) }, first: end{adopted: 8}, second: &end{present: 8}},
	}
}
