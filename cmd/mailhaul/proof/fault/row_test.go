package fault

import (
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// F is a fault of one of the servers.
type F = imapserver.Fault

// Always is for F.Times.
const Always = imapserver.Always

// row is one thing that goes wrong.
type row struct {
	name string
	// open tells why the right end is not reached yet; such a row is skipped.
	open string
	// from and to are the two IMAP servers; pop is a POP3 source in from's place.
	from, to imapserver.Options
	pop      *popServer
	mail     []mailtest.Mail // testMail if nil
	args     []string
	// besides is at the destination from the start.
	besides []mailtest.Mail
	// setup runs before the first run: more faults, mail that is there already.
	setup func(*rig)
	// stays: the faults are there in the second run as well.
	stays bool
	// moves: the fault itself changes the source or its mail.
	moves bool

	first  end
	second *end // nil: all there, exit 0
	// allow is what may differ at the destination, made is what mail becomes
	// there, nil for mail itself.
	allow mailtest.CompareOptions
	made  func(i int, m *mailtest.Mail)
	// The first run takes at least and at most so long; 0 does not matter.
	atLeast, atMost time.Duration
	// between happens after the first run.
	between func(*rig)
}

// end is how a run must end. The zero value is exit 0 with all mail copied.
type end struct {
	exit                                                         int
	copied, present, adopted, skipped, refused, vanished, merged int
	says                                                         string // a piece of what is shown
	lacks                                                        []int  // of the mail, not at the destination
	// nothing of it has arrived.
	nothing bool
	// some: how many messages arrive is a matter of timing. None is altered or
	// doubled all the same.
	some bool
	// twins are numbers of mail that stand there twice.
	twins []int
}

// counted tells that the row says how many.
func (e end) counted() bool {
	return e.copied+e.present+e.adopted+e.skipped+e.refused+e.vanished+e.merged > 0
}

// faults is a good, modern server with these faults.
func faults(fs ...F) imapserver.Options { return imapserver.Options{Faults: fs} }

// one is a server that takes one message at a time.
func one(fs ...F) imapserver.Options {
	return imapserver.Options{Capabilities: lacking("MULTIAPPEND"), Faults: fs}
}

// lacking is what a modern server announces without some of it.
func lacking(names ...string) []string {
	return slices.DeleteFunc(strings.Fields(imapserver.Modern), func(c string) bool { return slices.Contains(names, c) })
}

// offering is lacking with something else in place.
func offering(more string, names ...string) []string { return append(lacking(names...), more) }

// hide leaves out lines with that text.
func hide(text string) func(string) string {
	return func(line string) string {
		if strings.Contains(line, text) {
			return ""
		}
		return line
	}
}

// swap changes a text in lines.
func swap(old, new string) func(string) string {
	return func(line string) string { return strings.ReplaceAll(line, old, new) }
}
