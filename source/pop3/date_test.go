package pop3

import (
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	received := time.Date(2020, 5, 4, 3, 2, 1, 0, time.FixedZone("", 2*3600))
	written := time.Date(2019, 5, 4, 3, 2, 1, 0, time.UTC)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	leap := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Time{
		"Received: from a (x; y)\r\n by b; Mon, 4 May 2020\r\n\t03:02:01 +0200 (CEST)\r\nReceived: x; 1 Jan 2001 00:00:00 +0000\r\nDate: 4 May 2019 03:02:01 +0000\r\n": received,
		"Received: no date here\r\nRECEIVED: x; Mon, 4 May 2020 03:02:01 +0200\r\n":                                                                                     received,
		"Subject: x\r\nReceived: garbled; yesterday\r\nDate: Sat, 4 May 2019 03:02:01 GMT\r\n":                                                                          written,
		"Date: 4 May 19 03:02:01 +0000\r\n":                                                         written,
		"Received: x; Sat, 31 Dec 2016 23:59:60 +0000\r\n":                                          leap,
		"Received: x; 1 Jan 2036 00:00:00 +0000\r\nReceived: y; Mon, 4 May 2020 03:02:01 +0200\r\n": received,
		"Received: x; 1 Jan 1970 00:00:00 +0000\r\nDate: Sat, 4 May 2019 03:02:01 GMT\r\n":          written,
		"Date: 1 Jan 2036 00:00:00 +0000\r\n":                                                       {},
		"Date: soon\r\n":                                                                            {},
		"Subject: x\r\n\r\nDate: Sat, 4 May 2019 03:02:01 GMT\r\n":                                  {},
		"": {},
	} {
		if got := arrival([]byte(header), now); !got.Equal(want) {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
	s := (&fake{mails: []string{"Date: Sat, 4 May 2019 03:02:01 GMT\r\n\r\nx\r\n"}}).open(t)
	if got := fetch(t, s, list(t, s, ""))[0]; !got.Date.Equal(written) {
		t.Errorf("fetched date: got %v, want %v", got.Date, written)
	}
}
