package mbox

import (
	"bytes"
	"math"
	"sort"
	"strconv"
)

// A claim is a place where a message starts or may start, with the length that
// the header after it claims. Claims are weighed when the whole file was seen.
//
// Four dialects of mbox are about. In mboxo and mboxrd only From_ lines
// separate. In mboxcl and mboxcl2 Content-Length counts the bytes of the body,
// and From_ lines inside it mean nothing. Nothing in a file names its dialect,
// so its content must show it:
//
//   - A Content-Length is exact if it leads to a From_ line or to the end of
//     the file, give or take the line ends that separate messages. That does
//     not happen by chance. But a single one can be a sender's trick to hide
//     what follows, so lengths are only believed where more messages have an
//     exact one than do not: where the program that wrote the file wrote them.
//   - Where they are believed and a body holds "From " lines, the writer does
//     not quote (mboxcl2) and nothing is unquoted.
//   - Everywhere else (mboxo, mboxrd, mboxcl) "From " at the start of a line was
//     written ">From ", and one ">" is taken away. In mboxrd this is exact, for
//     each further ">" too. An mboxo writer left ">From " as it was, so there
//     ">From " may be meant; but ">From " in a file was almost always "From "
//     before, and a ">>From " line shows mboxrd. Each such line is counted in
//     Mended.
type claim struct {
	at      int64  // offset of the From_ line
	length  int64  // Content-Length, -1 if there is none
	body    uint32 // offset of the body from at, 0 if there is none
	before  lineEnds
	bare    bool // there are "From " lines in its text
	verdict verdict
}

// lineEnds tells how the lines before an offset end.
type lineEnds struct {
	blank    bool // the last line is empty
	last     int8 // bytes of the last line's end, 0 to 2
	previous int8 // of the one before
	cr       bool
}

// note takes the next piece of a line.
func (e *lineEnds) note(piece []byte, first, last bool) {
	n := len(piece)
	if last {
		size := int8(1)
		if n > 1 && piece[n-2] == '\r' || n == 1 && !first && e.cr {
			size = 2
		}
		*e = lineEnds{blank: first && isBlank(piece), last: size, previous: e.last}
	} else if first {
		*e = lineEnds{previous: e.last}
	}
	e.cr = n > 0 && piece[n-1] == '\r'
}

// trim is how many bytes the blank line before the offset has.
func (e lineEnds) trim() int64 {
	if e.blank {
		return int64(e.last)
	}
	return 0
}

// spans reports whether the gap is made of the line ends that may stand
// between the end of a body and a separator.
func (e lineEnds) spans(gap int64) bool {
	return gap == 0 || gap == int64(e.last) || e.blank && gap == int64(e.last)+int64(e.previous)
}

// claims are all of one file.
type claims struct {
	all      slab[claim]
	inHeader bool
	lengths  int  // how many have a Content-Length
	demoted  bool // starts without a header are text
	start    span // the last answer of next
}

// span: between from and to no message starts.
type span struct{ from, to int }

func (c *claims) add(at int64, v verdict, before lineEnds) {
	c.all.add(claim{at: at, length: -1, verdict: v, before: before})
	c.inHeader = true
}

// last is the newest claim.
func (c *claims) last() *claim { return c.all.last() }

// at is the i-th claim.
func (c *claims) at(i int) claim {
	k := c.all.get(i)
	if c.demoted && i > 0 && k.verdict == isBodily {
		k.verdict = isDoubt
	}
	return k
}

// note takes the next piece of a line; end is the offset after it.
func (c *claims) note(piece []byte, first bool, end int64) {
	if !c.inHeader || !first {
		return
	}
	if endsHeader(piece) {
		c.inHeader = false
		if size := end - c.last().at; size <= math.MaxUint32 {
			c.last().body = uint32(size)
		}
		return
	}
	const name = "content-length:"
	if len(piece) < len(name) || piece[0]|0x20 != 'c' || !bytes.EqualFold(piece[:len(name)], []byte(name)) {
		return
	}
	n, err := strconv.ParseUint(string(bytes.TrimSpace(piece[len(name):])), 10, 50)
	if err == nil {
		c.last().length = int64(n)
		c.lengths++
	}
}

// piece is where one message stands: its From_ line begins at from, its last
// byte is before end.
type piece struct{ from, end int64 }

// ending is where a file ends.
type ending struct {
	size   int64
	before lineEnds
}

// place is the offset of the j-th claim, or the end of the file behind the last.
func (c *claims) place(j int, eof ending) (int64, lineEnds) {
	if j < c.all.len() {
		k := c.at(j)
		return k.at, k.before
	}
	return eof.size, eof.before
}

// follow tells where the i-th claim's Content-Length leads to: the claim j, or
// the end of the file.
func (c *claims) follow(i int, eof ending) (j int, target int64, exact bool) {
	k := c.at(i)
	if k.length < 0 || k.body == 0 {
		return 0, 0, false
	}
	target = k.at + int64(k.body) + k.length
	j = c.seek(i+1, target)
	at, before := c.place(j, eof)
	return j, target, at >= target && before.spans(at-target)
}

// seek is the first claim from i on that is not before the target, which is near as a
// rule: it is looked for in ever larger steps, and then between the last two.
func (c *claims) seek(i int, target int64) int {
	n, step := c.all.len(), 1
	for i+step < n && c.all.get(i+step).at < target {
		i += step
		step *= 2
	}
	return i + sort.Search(min(step, n-i), func(k int) bool { return c.all.get(i+k).at >= target })
}

// next is the next start after i by the From_ lines alone.
func (c *claims) next(i int) int {
	if c.start.from <= i && i < c.start.to { // of many doubts each asks
		return c.start.to
	}
	c.start = span{i, i + 1}
	for c.start.to < c.all.len() && !c.at(c.start.to).verdict.starts() {
		c.start.to++
	}
	return c.start.to
}

// weight is what a file's Content-Length fields are worth.
type weight struct {
	exact, others int
	uncounted     int  // lengths that lead straight to a separator without a blank line
	hiding        int  // lengths that cover starts
	bare          bool // there are "From " lines in the text that lengths cover
}

func (w weight) believed() bool { return w.exact > w.others }

// countsBlank: this writer counts the blank line before a separator as part of
// the body, and it is not. A writer that leaves out the blank line has none
// to count.
func (w weight) countsBlank() bool { return w.uncounted == 0 }

func (c *claims) weigh(eof ending) (w weight) {
	for i := 0; i < c.all.len(); {
		j, target, exact := c.follow(i, eof)
		if !exact {
			w.others++
			i = c.next(i)
			continue
		}
		w.exact++
		if at, before := c.place(j, eof); at == target && !before.blank && j < c.all.len() {
			w.uncounted++
		}
		if c.next(i) < j {
			w.hiding++
		}
		for k := i; k < j; k++ {
			w.bare = w.bare || k > i || c.at(k).bare
		}
		i = j
	}
	return w
}

// resolve decides where messages start and end. again tells that this is not
// what the From_ lines alone said, so the file must be read once more, by
// pieces, which the caller closes.
func (c *claims) resolve(eof ending, found *findings) (pieces *slab[piece], unquote, again bool) {
	again = c.demote()
	var w weight
	if c.lengths > 0 {
		w = c.weigh(eof)
	}
	if !w.believed() {
		found.unused = w.hiding
	}
	unquote = !w.believed() || !w.bare
	told := w.believed() || again
	pieces = &slab[piece]{temp: c.all.temp}
	for i := 0; i < c.all.len(); {
		next := c.next(i)
		at, before := c.place(next, eof)
		plain := at - before.trim()
		j, end, exact := c.follow(i, eof)
		if exact = exact && w.believed(); !exact {
			j, end = next, plain
		} else if at, before := c.place(j, eof); at == end && w.countsBlank() {
			end -= before.trim()
		}
		c.tell(i, j, exact, found)
		if told {
			pieces.add(piece{c.at(i).at, end})
			again = again || j != next || end != plain
		}
		i = j
	}
	again = again || !unquote
	return pieces, unquote, again
}

// demote takes starts without a header for text if the file has other "From "
// lines in its text: then its writer does not quote them, and a quoted From_
// line is the likelier story. It reports whether there was any.
func (c *claims) demote() bool {
	bodily, unquoted := false, false
	for i := range c.all.len() {
		k := c.at(i)
		bodily = bodily || k.verdict == isBodily && i > 0
		unquoted = unquoted || k.verdict == isDoubt || k.bare
	}
	c.demoted, c.start = bodily && unquoted, span{}
	return c.demoted
}

// tell counts what the user should know about the message from i to j.
func (c *claims) tell(i, j int, exact bool, found *findings) {
	switch c.at(i).verdict {
	case isBodily:
		found.bodily++
	case isCramped:
		found.cramped++
	}
	for k := i + 1; k < j; k++ {
		if exact {
			if c.at(k).verdict.starts() {
				found.inside++
			}
			continue
		}
		if found.doubts == 0 {
			found.firstDoubt = c.at(k).at
		}
		found.doubts++
	}
}
