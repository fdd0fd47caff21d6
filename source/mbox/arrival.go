package mbox

import (
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/maildate"
	"github.com/mailhaul/mailhaul/transfer"
)

// arrival is when a message came, by the best witness there is: the From_
// line, the topmost Received, Date, the file's own time. A witness is passed
// over if it cannot be believed ([maildate.Plausible]). From_ lines without zone are taken as UTC, as RFC 4155 has it.
type arrival struct {
	now, fileTime time.Time
}

func (a arrival) plausible(t time.Time) bool { return maildate.Plausible(t, a.now) }

// of answers for one message.
func (a arrival) of(fromDate time.Time, head []byte) time.Time {
	if a.plausible(fromDate) {
		return fromDate
	}
	var received, date time.Time
	transfer.Fields(head, func(name, value []byte) bool {
		switch strings.ToLower(string(name)) {
		case "received":
			if received.IsZero() {
				received, _ = maildate.Received(string(value))
			}
		case "date":
			if date.IsZero() {
				date, _ = maildate.Parse(string(value))
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
