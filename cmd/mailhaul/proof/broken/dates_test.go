package broken_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// A dated row is a date as sources write it, and what becomes of it:
//
//	same     it arrives as it is
//	1970     it is moved to 2 January 1970, and that is told
//	2037     it is moved to 30 December 2037, and that is told; Dovecot then
//	         makes the present of it
//	file     nothing in the mbox tells a date to believe, so the file's counts
//	present  nobody tells a date: the destination takes the present
//
// or the very time.
type dated struct {
	name                         string
	day, month, year, time, zone string
	// a Maildir's file time, From_ line and header in an mbox, INTERNALDATE,
	// header over POP3; "" is left out
	maildir, mbox, imap, pop3 string
}

var dates = []dated{
	{"1899", "30", "Dec", "1899", "12:00:00", "+0000", "present", "file", "present", "present"},
	{"1969", "31", "Dec", "1969", "23:59:59", "+0000", "present", "file", "present", "present"},
	{"the epoch", "01", "Jan", "1970", "00:00:00", "+0000", "present", "file", "1970", "present"},
	{"1970", "02", "Jan", "1970", "00:00:00", "+0000", "present", "same", "same", "same"},
	{"the end of 31 bits", "19", "Jan", "2038", "03:14:07", "+0000", "present", "file", "2037", "present"},
	{"after 31 bits", "19", "Jan", "2038", "03:14:08", "+0000", "present", "file", "2037", "present"},
	{"2100", "28", "Feb", "2100", "10:11:12", "+0000", "present", "file", "2037", "present"},
	{"after 32 bits", "07", "Feb", "2106", "06:28:16", "+0000", "present", "file", "2037", "present"},
	{"9999", "31", "Dec", "9999", "23:59:59", "+0000", "present", "file", "2037", "present"},
	{"29 February", "29", "Feb", "2024", "10:11:12", "+0000", "same", "same", "same", "same"},
	{"29 February of no leap year", "29", "Feb", "2023", "10:11:12", "+0000", "", "2023-03-01T10:11:12Z", "2023-03-01T10:11:12Z", "2023-03-01T10:11:12Z"},
	{"24 hours", "03", "Mar", "2015", "24:00:00", "+0000", "", "file", "present", "present"},
	{"60 seconds", "30", "Jun", "2015", "23:59:60", "+0000", "", "2015-07-01T00:00:00Z", "2015-07-01T00:00:00Z", "2015-07-01T00:00:00Z"},
	{"61 seconds", "30", "Jun", "2015", "23:59:61", "+0000", "", "file", "present", "present"},
	{"far zone", "03", "Mar", "2015", "10:11:12", "+1400", "same", "same", "same", "same"},
	{"odd zone", "03", "Mar", "2015", "10:11:12", "-0330", "same", "same", "same", "same"},
	{"zone that is none", "03", "Mar", "2015", "10:11:12", "+9999", "", "2015-03-03T10:11:12Z", "present", "2015-03-03T10:11:12Z"},
	{"32 January", "32", "Jan", "2015", "10:11:12", "+0000", "", "file", "present", "present"},
	{"nothing", "", "", "", "", "", "", "file", "present", "present"},
}

// message has the date in all places where a source looks for one.
func (d dated) message() message {
	m := message{name: d.name, date: noon}
	header := fmt.Sprintf("Tue, %s %s %s %s %s", d.day, d.month, d.year, d.time, d.zone)
	m.wire = fmt.Sprintf("%s-%s-%s %s %s", d.day, d.month, d.year, d.time, d.zone)
	m.separator = fmt.Sprintf("Tue %s %s %s %s %s", d.month, d.day, d.time, d.year, d.zone)
	if t, err := time.Parse("02-Jan-2006 15:04:05 -0700", m.wire); err == nil {
		m.date = t
		header, m.separator = t.Format("Mon")+header[3:], t.Format("Mon")+m.separator[3:]
	}
	usual := noon.Format("Mon, 02 Jan 2006 15:04:05 -0700")
	m.raw = []byte(strings.ReplaceAll(head(d.name, noon), usual, header) + "\r\ntext\r\n")
	return m
}

func TestDates(t *testing.T) {
	all := dests(t)
	written := time.Date(2013, time.May, 6, 7, 8, 9, 0, time.UTC) // the mbox
	for _, s := range sources() {
		cell := map[string]func(d dated) string{
			"Maildir":  func(d dated) string { return d.maildir },
			"mbox":     func(d dated) string { return d.mbox },
			"raw IMAP": func(d dated) string { return d.imap },
			"raw POP3": func(d dated) string { return d.pop3 },
		}[s.name]
		if cell == nil {
			continue
		}
		var ms []message
		want := map[[32]byte]dated{}
		for _, d := range dates {
			if cell(d) != "" {
				m := d.message()
				ms, want[sha256.Sum256(m.raw)] = append(ms, m), d
			}
		}
		for _, d := range all {
			t.Run(s.name+" to "+d.name, func(t *testing.T) {
				t.Parallel()
				from, _ := s.put(t, ms)
				if path, isFile := strings.CutPrefix(from, "mbox:"); isFile {
					if err := os.Chtimes(path, written, written); err != nil {
						t.Fatal(err)
					}
				}
				to, look := d.open(t)
				home, began := t.TempDir(), time.Now()
				o := haul(t, home, from, to)
				there := look()
				if len(there) != len(ms) || o.exit != 0 {
					t.Fatalf("got %d messages, %v, want %d", len(there), o, len(ms))
				}
				for _, h := range there {
					d := want[h.plain]
					if wrong := d.judge(cell(d), h.date, began, written, o); wrong != "" {
						t.Errorf("%s: got %v, want %s", d.name, h.date, wrong)
					}
				}
				checkAgain(t, o, haul(t, home, from, to), there, look())
			})
		}
	}
}

// judge answers what is wrong with a date at the destination.
func (d dated) judge(want string, got, began, written time.Time, o outcome) string {
	present := !got.Before(began.Add(-time.Minute)) && !got.After(time.Now().Add(time.Minute))
	ok := false
	switch want {
	case "same":
		ok = got.Equal(d.message().date)
	case "1970":
		ok = got.Equal(time.Date(1970, time.January, 2, 0, 0, 0, 0, time.UTC)) && o.told("moved to 1970")
	case "2037":
		ok = (present || got.Equal(time.Date(2037, time.December, 30, 23, 59, 59, 0, time.UTC))) && o.told("moved to 2037")
	case "file":
		ok = got.Equal(written)
	case "present":
		ok = present
	default:
		t, err := time.Parse(time.RFC3339, want)
		ok = err == nil && got.Equal(t)
	}
	if ok {
		return ""
	}
	return fmt.Sprintf("%s, notes %q", want, o.notes)
}
