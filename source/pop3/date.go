package pop3

import (
	"bytes"
	"net/mail"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// arrival is when a message with that header came in: the date of the topmost
// Received field that has one, else that of Date, else zero.
func arrival(header []byte) time.Time {
	var received, written time.Time
	transfer.Fields(header, func(name, value []byte) bool {
		switch {
		case bytes.EqualFold(name, []byte("Received")) && received.IsZero():
			received = parseDate(value[bytes.LastIndexByte(value, ';')+1:])
		case bytes.EqualFold(name, []byte("Date")) && written.IsZero():
			written = parseDate(value)
		}
		return received.IsZero()
	})
	if received.IsZero() {
		return written
	}
	return received
}

// parseDate reads an RFC 5322 date, folded as it may be; zero if it is none.
func parseDate(value []byte) time.Time {
	t, err := mail.ParseDate(strings.Join(strings.Fields(string(value)), " "))
	if err != nil {
		return time.Time{}
	}
	return t
}
