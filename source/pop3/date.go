package pop3

import (
	"bytes"
	"time"

	"github.com/mailhaul/mailhaul/internal/maildate"
	"github.com/mailhaul/mailhaul/transfer"
)

// arrival is when a message with that header came in, by the best witness there
// is: the topmost Received field that has a date, which the maildrop's own server
// has written, then Date. One that cannot be believed ([maildate.Plausible]) is
// passed over; if none is left the answer is zero.
func arrival(header []byte, now time.Time) (came time.Time) {
	var written time.Time
	transfer.Fields(header, func(name, value []byte) bool {
		switch {
		case bytes.EqualFold(name, []byte("Received")):
			if t, ok := maildate.Received(string(value)); ok && maildate.Plausible(t, now) {
				came = t
			}
		case bytes.EqualFold(name, []byte("Date")) && written.IsZero():
			if t, ok := maildate.Parse(string(value)); ok && maildate.Plausible(t, now) {
				written = t
			}
		}
		return came.IsZero()
	})
	if came.IsZero() {
		return written
	}
	return came
}
