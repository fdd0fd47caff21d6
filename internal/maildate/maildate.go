// Package maildate reads dates as they stand in mail: those of header fields,
// good and bad, and of an mbox file's From_ lines. It also says which of them can
// be believed.
package maildate

import (
	"strconv"
	"strings"
	"time"
)

// Plausible reports whether t can be when a message came: not before 2 January
// 1970, and no more than two days ahead of now. Thunderbird writes "From - Mon
// Jan 1 00:00:00 1965" where it does not know.
func Plausible(t, now time.Time) bool {
	return t.Unix() >= 86400 && t.Before(now.Add(48*time.Hour)) && t.Year() < 2106
}

// AtEnd finds the date that closes a From_ line. rest is the line after
// "From ". A sender can hold blanks, so the date is looked for from the left
// until all that is left reads as one.
func AtEnd(rest string) (time.Time, bool) {
	if i := strings.Index(rest, " remote from "); i >= 0 { // UUCP
		rest = rest[:i]
	}
	words := dateWords(rest)
	for i := max(0, len(words)-10); i < len(words); i++ {
		var d dateParts
		if (isWeekday(words[i]) || isNumber(words[i], 2)) && d.read(words[i:]) && (d.weekday || d.offset) {
			return d.time(), true
		}
	}
	return time.Time{}, false
}

// Received reads the date of a Received field, which stands after its last
// semicolon (RFC 5322, section 3.6.7).
func Received(value string) (time.Time, bool) {
	i := strings.LastIndexByte(value, ';')
	if i < 0 {
		return time.Time{}, false
	}
	return Parse(value[i+1:])
}

// Parse reads the date of a header field (RFC 5322, section 3.3, its obsolete
// forms, and what asctime writes), folded as it may be. Without a zone it is UTC.
// A day or second that the calendar does not have counts on: 29 February 2023 is
// the first of March, ":60" the next minute.
func Parse(s string) (time.Time, bool) {
	var d dateParts
	if !d.read(dateWords(s)) {
		return time.Time{}, false
	}
	return d.time(), true
}

// dateWords cuts s at blanks and commas and leaves out comments.
func dateWords(s string) []string {
	for {
		i := strings.IndexByte(s, '(')
		if i < 0 {
			break
		}
		k := strings.IndexByte(s[i:], ')')
		if k < 0 {
			s = s[:i]
			break
		}
		s = s[:i] + " " + s[i+k+1:]
	}
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' || r == ',' })
}

// dateParts is a date as far as its words were read, in whatever order.
type dateParts struct {
	year, day, hour, minute, second int
	month                           time.Month
	clock, weekday                  bool
	offset, named                   bool // a numeric zone, a zone by name
	east                            int  // seconds
}

// read takes all words or answers false.
func (d *dateParts) read(words []string) bool {
	if len(words) > 10 {
		return false
	}
	for i, w := range words {
		switch {
		case i == 0 && isWeekday(w):
			d.weekday = true
		case d.month == 0 && monthOf(w) != 0:
			d.month = monthOf(w)
		case strings.Contains(w, ":") && w[0] >= '0' && w[0] <= '9':
			if !d.readClock(w) {
				return false
			}
		case w[0] >= '0' && w[0] <= '9':
			if !d.readNumber(w) {
				return false
			}
		default:
			if !d.readZone(w) {
				return false
			}
		}
	}
	return d.month != 0 && d.day != 0 && d.year != 0 && d.clock
}

// readClock takes 9:05, 09:05:10 and 09:05:10.25.
func (d *dateParts) readClock(w string) bool {
	w, _, _ = strings.Cut(w, ".")
	parts := strings.Split(w, ":")
	if d.clock || len(parts) < 2 || len(parts) > 3 {
		return false
	}
	var n [3]int
	for i, p := range parts {
		if !isNumber(p, 2) {
			return false
		}
		n[i], _ = strconv.Atoi(p)
	}
	d.hour, d.minute, d.second, d.clock = n[0], n[1], n[2], true
	return n[0] < 24 && n[1] < 60 && n[2] < 61
}

// readNumber takes a day, a year, or both with the month: 5-Jan-2020.
func (d *dateParts) readNumber(w string) bool {
	if day, rest, ok := strings.Cut(w, "-"); ok {
		month, year, _ := strings.Cut(rest, "-")
		if d.month != 0 {
			return false
		}
		d.month = monthOf(month)
		return d.month != 0 && isNumber(day, 2) && d.readNumber(day) && isNumber(year, 4) && d.readNumber(year)
	}
	if !isNumber(w, 4) {
		return false
	}
	n, _ := strconv.Atoi(w)
	if d.day == 0 && len(w) <= 2 {
		d.day = n
		return n >= 1 && n <= 31
	}
	if d.year != 0 {
		return false
	}
	switch { // RFC 5322, section 4.3
	case len(w) == 2 && n < 50:
		n += 2000
	case len(w) < 4:
		n += 1900
	}
	d.year = n
	return n >= 1900
}

// readZone takes +0100, +01:00, GMT+01:00, or a name, which stands after the clock.
func (d *dateParts) readZone(w string) bool {
	if !d.clock {
		return false
	}
	name, digits := w, ""
	if i := strings.IndexAny(w, "+-"); i >= 0 {
		name, digits = w[:i], strings.Replace(w[i+1:], ":", "", 1)
		if d.offset || len(digits) != 4 || !isNumber(digits, 4) {
			return false
		}
		n, _ := strconv.Atoi(digits)
		d.east, d.offset = n/100*3600+n%100*60, true
		if w[i] == '-' {
			d.east = -d.east
		}
	}
	for _, c := range name {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	if name != "" && !d.offset && !d.named {
		d.east = zoneEast(name)
	}
	d.named = d.named || name != ""
	return len(name) <= 5
}

func (d *dateParts) time() time.Time {
	zone := time.UTC
	if d.east != 0 && d.east > -16*3600 && d.east < 16*3600 {
		zone = time.FixedZone("", d.east)
	}
	return time.Date(d.year, d.month, d.day, d.hour, d.minute, d.second, 0, zone)
}

// isNumber reports whether s is one to most digits.
func isNumber(s string, most int) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= most
}

func isWeekday(w string) bool {
	if len(w) < 3 {
		return false
	}
	for d := range time.Weekday(7) {
		if name := d.String(); strings.EqualFold(w, name) || strings.EqualFold(w, name[:3]) {
			return true
		}
	}
	return false
}

func monthOf(w string) time.Month {
	if len(w) < 3 {
		return 0
	}
	for m := time.January; m <= time.December; m++ {
		if name := m.String(); strings.EqualFold(w, name) || strings.EqualFold(w, name[:3]) {
			return m
		}
	}
	return 0
}

// zoneEast is what a zone's name stands for, in seconds east of UTC. Names
// that several places share, and those we do not know, are UTC, as RFC 5322,
// section 4.3 has it.
func zoneEast(name string) int {
	hours := 0
	switch name {
	case "BST", "WEST", "CET", "MET", "MEZ":
		hours = 1
	case "CEST", "MEST", "MESZ", "EET":
		hours = 2
	case "EEST", "MSK":
		hours = 3
	case "HKT", "AWST":
		hours = 8
	case "JST", "KST":
		hours = 9
	case "AEST":
		hours = 10
	case "AEDT":
		hours = 11
	case "NZST":
		hours = 12
	case "NZDT":
		hours = 13
	case "ADT":
		hours = -3
	case "EDT":
		hours = -4
	case "EST", "CDT":
		hours = -5
	case "CST", "MDT":
		hours = -6
	case "MST", "PDT":
		hours = -7
	case "PST", "AKDT":
		hours = -8
	case "AKST":
		hours = -9
	case "HST":
		hours = -10
	}
	return hours * 3600
}
