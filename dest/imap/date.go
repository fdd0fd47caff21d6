package imap

import (
	"fmt"
	"time"
)

// Servers store dates in 32 bits, and some make nonsense of earlier and later
// ones (Dovecot 2.3: 31-Dec-1969 comes back as 13-Dec-1901, 1900 as 2036).
var (
	earliest = time.Date(1970, time.January, 2, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2037, time.December, 30, 23, 59, 59, 0, time.UTC)
)

// wireDate is the date as APPEND wants it, in quotes, with a blank before it:
// date-time of RFC 3501 section 9, the day padded by a blank, or by a zero where
// the server wants that (Yandex). No date is "".
func wireDate(date time.Time, zero bool) (text, note string) {
	if date.IsZero() {
		return "", ""
	}
	switch {
	case date.Before(earliest):
		note = fmt.Sprintf("date %s moved to 1970: servers cannot hold earlier ones", date.Format(time.DateOnly))
		date = earliest
	case date.After(latest):
		note = fmt.Sprintf("date %s moved to 2037: servers cannot hold later ones", date.Format(time.DateOnly))
		date = latest
	}
	if _, offset := date.Zone(); offset%60 != 0 || offset < -14*3600 || offset > 14*3600 {
		date = date.UTC()
	}
	layout := ` "_2-Jan-2006 15:04:05 -0700"`
	if zero {
		layout = ` "02-Jan-2006 15:04:05 -0700"`
	}
	return date.Format(layout), note
}
