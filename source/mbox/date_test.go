package mbox

import (
	"testing"
	"time"
)

func TestFromDate(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"From a@b Mon Jan  6 10:00:00 2020", "2020-01-06T10:00:00Z"},
		{"From a@b Mon Jan 06 10:00:00 2020\r\n", "2020-01-06T10:00:00Z"},
		{"From a@b Mon Jan 6 10:00 2020", "2020-01-06T10:00:00Z"},
		{"From a@b Mon Jan  6 10:00:00 CET 2020", "2020-01-06T10:00:00+01:00"},
		{"From a@b Mon Jan  6 10:00:00 EST 2020", "2020-01-06T10:00:00-05:00"},
		{"From a@b Mon Jan  6 10:00:00 MET DST 2020", "2020-01-06T10:00:00+01:00"},
		{"From a@b Mon Jan  6 10:00:00 2020 XYZ", "2020-01-06T10:00:00Z"},
		{"From 123@xxx Mon Jan 06 10:00:00 +0000 2020", "2020-01-06T10:00:00Z"},
		{"From a@b Mon Jan  6 10:00:00 2020 -0930", "2020-01-06T10:00:00-09:30"},
		{"From jwz  Fri Jul  1 09:13:09 1994 (+0700)", "1994-07-01T09:13:09Z"},
		{"From jwz  Fri, Jul 01 09:13:09 1994", "1994-07-01T09:13:09Z"},
		{"From a@b Mon, 6 Jan 2020 10:00:00 +0100 (CET)", "2020-01-06T10:00:00+01:00"},
		{"From a@b 6 Jan 2020 10:00:00 +0100", "2020-01-06T10:00:00+01:00"},
		{"From a@b Mon, 06-Jan-2020 10:00:00 GMT", "2020-01-06T10:00:00Z"},
		{"From a@b Mon Jan  6 10:00:00 2020 remote from site", "2020-01-06T10:00:00Z"},
		{"From - Mon Jan  1 00:00:00 1965", "1965-01-01T00:00:00Z"},
		{"From \"Mon Jan\" <a@b> Mon Jan  6 10:00:00 2020", "2020-01-06T10:00:00Z"},
		{"From Mon Jan  6 10:00:00 2020", "2020-01-06T10:00:00Z"},
		{"From MAILER-DAEMON Monday January 6 10:00:00 2020", "2020-01-06T10:00:00Z"},
		{"From now on", ""},
		{"From Monday 10:00 we meet", ""},
		{"From a@b Mon Jan  6 10:00:00 2020 and more", ""},
		{"From a@b Mon Jan 36 10:00:00 2020", ""},
		{"From a@b Mon Jan  6 25:00:00 2020", ""},
		{"From a@b Mon Jan  6 2020", ""},
		{"From 6 Jan 2020 10:00", ""},
		{"From a@b Mon Jan  6 10:00:00 2020 2021", ""},
	} {
		f, ok := parseFrom([]byte(tc.in))
		got := ""
		if f.shape == dated {
			got = f.date.Format(time.RFC3339)
		}
		if !ok || got != tc.want {
			t.Errorf("parseFrom(%q): got %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestArrival(t *testing.T) {
	file := "2024-05-06T07:08:09Z" // as write makes it
	old := "From - Mon Jan  1 00:00:00 1965\n"
	received := "Received: from a by b; Tue, 7 Jan 2020\n 12:00:00 +0200 (EET)\nReceived: from c by a; Mon, 6 Jan 2020 09:00:00 +0200\n"
	date := "Date: Sun, 5 Jan 2020 08:00:00 -0500\n"
	for _, tc := range []struct{ name, in, want string }{
		{"From_ line", fromA + received + date, "2020-01-06T10:00:00Z"},
		{"topmost Received", old + date + received, "2020-01-07T12:00:00+02:00"},
		{"Date", old + "Received: from a by b\n" + date, "2020-01-05T08:00:00-05:00"},
		{"file", old + "Date: soon\n", file},
		{"From_ line without date", "From \n" + date, "2020-01-05T08:00:00-05:00"},
		{"ahead of time", "From a@b Mon Jan  6 10:00:00 2099\nReceived: x; 6 Jan 2098 10:00:00 +0000\n" + date, "2020-01-05T08:00:00-05:00"},
		{"first day of all", "From a@b Thu Jan  1 10:00:00 1970\n" + date, "2020-01-05T08:00:00-05:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ms, _ := readFile(t, tc.in+"\nhi\n")
			if len(ms) != 1 {
				t.Fatalf("%q: got %d messages, want 1", tc.in, len(ms))
			}
			if got := ms[0].Date.Format(time.RFC3339); got != tc.want {
				t.Errorf("%q: got %s, want %s", tc.in, got, tc.want)
			}
		})
	}
}
