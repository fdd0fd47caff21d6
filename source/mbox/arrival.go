package mbox

import (
	"bytes"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// arrival is when a message came, by the best witness there is: the From_
// line, the topmost Received, Date, the file's own time. A witness is passed
// over if it names a time before 2 January 1970 or more than two days ahead:
// Thunderbird writes "From - Mon Jan 1 00:00:00 1965" where it does not know.
// From_ lines without zone are taken as UTC, as RFC 4155 has it.
type arrival struct {
	now, fileTime time.Time
}

func (a arrival) plausible(t time.Time) bool {
	return t.Unix() >= 86400 && t.Before(a.now.Add(48*time.Hour)) && t.Year() < 2106
}

// of answers for one message.
func (a arrival) of(fromDate time.Time, head []byte) time.Time {
	if a.plausible(fromDate) {
		return fromDate
	}
	var received, date time.Time
	transfer.Fields(head, func(name, value []byte) bool {
		switch strings.ToLower(string(name)) {
		case "received":
			if i := bytes.LastIndexByte(value, ';'); i >= 0 && received.IsZero() {
				received, _ = parseDate(string(value[i+1:]))
			}
		case "date":
			if date.IsZero() {
				date, _ = parseDate(string(value))
			}
		}
		return true
	})
	for _, t := range []time.Time{received, date, a.fileTime} {
		if a.plausible(t) {
			return t
		}
	}
	return time.Unix(86400, 0).UTC()
}
