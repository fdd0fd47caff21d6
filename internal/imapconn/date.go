package imapconn

import (
	"bytes"
	"time"
)

var months = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// date reads an INTERNALDATE: "17-Jul-1996 02:44:25 -0700", the day with a
// blank, a zero or nothing before it. What it cannot read is the zero time: a
// missing zone, two-digit years, NIL; and so are years before 1970, which
// servers send for "unknown" (IceWarp: 30-Dec-1899).
func (r *reader) date(s []byte) time.Time {
	s = bytes.TrimSpace(s)
	if len(s) > 1 && s[1] == '-' {
		s = append([]byte("0"), s...)
	}
	if len(s) < 26 || s[2] != '-' || s[6] != '-' || s[11] != ' ' || s[14] != ':' || s[17] != ':' || s[20] != ' ' {
		return time.Time{}
	}
	day, ok1 := parseNumber(s[0:2])
	year, ok2 := parseNumber(s[7:11])
	hour, ok3 := parseNumber(s[12:14])
	minute, ok4 := parseNumber(s[15:17])
	second, ok5 := parseNumber(s[18:20])
	month := month(s[3:6])
	zone := r.zone(s[21:])
	if !(ok1 && ok2 && ok3 && ok4 && ok5) || month == 0 || zone == nil ||
		year < 1970 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 {
		return time.Time{}
	}
	return time.Date(int(year), month, int(day), int(hour), int(minute), int(second), 0, zone)
}

func month(s []byte) time.Month {
	for i, m := range months {
		if bytes.EqualFold(s, []byte(m)) {
			return time.Month(i + 1)
		}
	}
	return 0
}

// zone reads "+0100", nil if it is none. Zones are kept, for there are few.
func (r *reader) zone(s []byte) *time.Location {
	if len(s) < 5 || (s[0] != '+' && s[0] != '-') {
		return nil
	}
	n, ok := parseNumber(s[1:5])
	if !ok || n%100 > 59 || n/100 > 23 {
		return nil
	}
	offset := int(n/100*3600 + n%100*60)
	if s[0] == '-' {
		offset = -offset
	}
	if z := r.zones[offset]; z != nil {
		return z
	}
	if r.zones == nil {
		r.zones = make(map[int]*time.Location)
	}
	z := time.FixedZone(string(s[:5]), offset)
	r.zones[offset] = z
	return z
}
