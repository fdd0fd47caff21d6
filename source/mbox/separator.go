package mbox

import (
	"bytes"
	"time"

	"github.com/mailhaul/mailhaul/internal/maildate"
)

var fromPrefix = []byte("From ")

// A From_ line longer than this is text: nobody has such an address.
const longestFrom = 2048

// shape is what a line that begins with "From " looks like.
type shape uint8

const (
	loose shape = iota // no date that can be read
	dated              // sender and date, as mbox wants it
	bare               // nothing, or just "-": Thunderbird writes "From \r\n" since 2023
)

// fromLine is a line that begins with "From ".
type fromLine struct {
	shape shape
	// dash: the sender is "-", as Thunderbird always wrote it.
	dash bool
	date time.Time // of dated ones
}

// parseFrom reads a line; ok is false if it does not begin with "From ".
func parseFrom(line []byte) (f fromLine, ok bool) {
	if !bytes.HasPrefix(line, fromPrefix) {
		return f, false
	}
	if len(line) > longestFrom {
		return f, true
	}
	rest := string(bytes.TrimSpace(line[len(fromPrefix):]))
	if rest == "" || rest == "-" {
		return fromLine{shape: bare}, true
	}
	if date, found := maildate.AtEnd(rest); found {
		return fromLine{shape: dated, dash: rest[0] == '-' && rest[1] == ' ', date: date}, true
	}
	return f, true
}

// mozilla reports whether Thunderbird has written this line.
func (f fromLine) mozilla() bool { return f.shape == bare || f.dash }

// follower is what stands after a From_ line.
type follower uint8

const (
	text follower = iota
	header
	empty
	nothing
)

// longestName bounds a header field's name with the colon.
const longestName = 512

// whatFollows looks at the first bytes of the line after a From_ line.
// ">From " counts as a header: relays have put the From_ line of the hop
// before at the head of a message in this form.
func whatFollows(next []byte) follower {
	if len(next) == 0 {
		return nothing
	}
	if next[0] == '\n' || bytes.HasPrefix(next, []byte("\r\n")) {
		return empty
	}
	if isQuoted(next) {
		return header
	}
	k := 0
	for k < len(next) && next[k] > ' ' && next[k] < 0x7f && next[k] != ':' {
		k++
	}
	if k == 0 {
		return text
	}
	if rest := bytes.TrimLeft(next[k:], " \t"); len(rest) > 0 && rest[0] == ':' {
		return header
	}
	return text
}

// verdict is what becomes of a line that begins with "From ".
type verdict uint8

const (
	isText    verdict = iota // text without doubt
	isDoubt                  // looks like a message's start, but taken as text
	isStart                  // a message starts
	isBodily                 // a message starts that has no header
	isCramped                // a message starts without a blank line before it
)

func (v verdict) starts() bool { return v >= isStart }

// judge decides on a From_ line in the middle of a file; head is the file's
// first one, blankBefore tells of a blank line before, after what follows.
//
// The rule is: sender and date, a blank line before, a header after. What does
// not hold to it is a start only where the file itself shows that its writer
// does so: Thunderbird leaves out the date, and often the blank line; other
// files have dates nobody can read.
func judge(f, head fromLine, blankBefore bool, after follower) verdict {
	mozilla := f.mozilla() && head.mozilla()
	switch {
	case after == text:
		if f.shape == dated && blankBefore {
			return isDoubt
		}
		return isText
	case after == header:
		return judgeBeforeHeader(f, head, blankBefore, mozilla)
	case !blankBefore || f.shape == loose || (f.shape == bare && !mozilla):
		return isText
	case after == empty:
		return isBodily
	}
	return isStart
}

// judgeBeforeHeader is judge for lines with a header after them.
func judgeBeforeHeader(f, head fromLine, blankBefore, mozilla bool) verdict {
	switch {
	case blankBefore && (f.shape != loose || head.shape == loose):
		return isStart
	case mozilla:
		return isCramped
	case f.shape == loose && !blankBefore:
		return isText
	}
	return isDoubt
}
