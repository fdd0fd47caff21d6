package cut

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// series are the points that differ only in the byte at which the line is lost.
type series struct {
	server string // a model's name: whose line is lost
	side   string // what that server is: "dest", "lanes", "imap", "pop3" or "half"
	kind   string
	up     bool // n counts bytes from us to the server
	window int
}

// point is one cut.
type point struct {
	series
	n int64
}

// windows are the numbers of letters in a window.
var windows = []int{1, 6, 64}

// allSeries are all there are with these servers, kinds, sides and windows; an
// empty list stands for all.
func allSeries(servers, names, sides, sizes []string) (all []series) {
	wanted := func(list []string, name string) bool { return len(list) == 0 || slices.Contains(list, name) }
	add := func(server, side string) {
		for _, k := range kinds {
			if (side == "imap" || isPOP3(side)) && k.late > 0 {
				continue // what a source still gets late changes nothing
			}
			for _, w := range windows {
				if wanted(servers, server) && wanted(names, k.name) && wanted(sides, side) && wanted(sizes, strconv.Itoa(w)) {
					all = append(all, series{server, side, k.name, true, w}, series{server, side, k.name, false, w})
				}
			}
		}
	}
	for _, m := range models {
		if m.there() {
			add(m.name, "dest")
			add(m.name, "lanes")
		}
	}
	if hasDovecot() {
		add(sourceModel, "imap")
		add(sourceModel, "pop3")
		add(sourceModel, "half")
	}
	return all
}

// sourceModel is the server whose line is lost at the source's side.
const sourceModel = "sdbox"

// isPOP3 tells that the side is a maildrop.
func isPOP3(side string) bool { return side == "pop3" || side == "half" }

// atDest tells that the line to the destination is lost.
func (s series) atDest() bool { return s.side == "dest" || s.side == "lanes" }

// together is how many connections are lost at once: all, but for those that are
// lost again and again, which would use up the tries of two runs.
func (s series) together() int {
	if s.kind == "thrice" {
		return min(s.lanes(), 2)
	}
	return s.lanes()
}

// lanes is how many there are; where a letter costs a round trip, two lanes have
// two connections each.
func (s series) lanes() int {
	switch {
	case s.side == "lanes" && strings.Contains(s.server, "literal"):
		return 4
	case s.side == "lanes":
		return 2
	}
	return 1
}

func (s series) direction() string {
	if s.up {
		return "up"
	}
	return "down"
}

// String is the form that -point reads.
func (p point) String() string {
	return fmt.Sprintf("%s:%s:%s:%s:%d:%d", p.server, p.side, p.kind, p.direction(), p.window, p.n)
}

// replay is the command that plays the point alone.
func (p point) replay() string {
	return "go test ./cmd/mailhaul/proof/cut -run Cut -point=" + p.String()
}

func parsePoint(text string) (p point, err error) {
	parts := strings.Split(text, ":")
	if len(parts) != 6 {
		return p, fmt.Errorf("%q: a point is server:side:kind:up|down:window:n", text)
	}
	p.server, p.side, p.kind, p.up = parts[0], parts[1], parts[2], parts[3] == "up"
	if p.window, err = strconv.Atoi(parts[4]); err == nil {
		p.n, err = strconv.ParseInt(parts[5], 10, 64)
	}
	if _, ok := kindOf(p.kind); !ok && err == nil {
		err = fmt.Errorf("unknown kind %q", p.kind)
	}
	return p, err
}
