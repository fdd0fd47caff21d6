package transfer

import (
	"errors"
	"strings"
)

// A folder that has changed is listed against the pass before: a source that can
// ([Source.List]) only names what was there then. That pass has recorded the
// folder's state because it had accounted for every message: what has not changed
// since has arrived, or was left out by the mapper. Where the checkpoint or the
// list itself says otherwise, the folder is listed whole.

// errUnaccounted: a source is brief of a message that no pass has accounted for.
var errUnaccounted = errors.New("the source leaves out what nobody has seen")

// since is the state of the source folder as of its last finished pass, if the
// mapper leaves out the same messages as then.
func (r *run) since(p *passage) string {
	m, ok := r.job.Mapper.(Fingerprinter)
	if !ok || p.from.State == "" && p.book.Tally.Skipped > 0 { // these would have to be looked at again
		return ""
	}
	state, same := strings.CutSuffix(p.book.State, " "+m.Fingerprint())
	if !same {
		return ""
	}
	return state
}

// accounted reports whether all that a list is brief of has arrived, or may have
// been left out: then nothing is recorded.
func accounted(ms []Message, known map[string]Record) bool {
	for _, m := range ms {
		rec, ok := known[m.ID]
		if m.Brief == Undated && !ok || m.Brief != 0 && ok && !hasArrived(rec.Fate) {
			return false
		}
	}
	return true
}

// plausible reports whether a whole list was brief with reason: leftOut are the
// messages of which nothing is told or recorded.
func (p *passage) plausible(leftOut int) bool {
	return p.from.Since == "" || leftOut <= p.book.Tally.Skipped && len(p.shifts) == 0
}
