package maildate

import (
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"Mon, 6 Jan 2020 10:00:00 +0100 (CET)":    "2020-01-06T10:00:00+01:00",
		"Mon,\r\n\t6 Jan 2020\r\n 10:00:00 +0100": "2020-01-06T10:00:00+01:00",
		"Sat, 31 Dec 2016 23:59:60 GMT":           "2017-01-01T00:00:00Z",
		"29 Feb 2023 12:00:00 +0000":              "2023-03-01T12:00:00Z",
		"6 Jan 20 10:00 EST":                      "2020-01-06T10:00:00-05:00",
		"Mon Jan  6 10:00:00 2020":                "2020-01-06T10:00:00Z",
		"Mon, 06-Jan-2020 10:00:00 GMT":           "2020-01-06T10:00:00Z",
		"Mon, 6 Jan 2020 10:00:00 GMT+01:00":      "2020-01-06T10:00:00+01:00",
		"a:b 6 Jan 2020":                          "",
		"soon":                                    "",
		"":                                        "",
		"Mon, 6 Jan 2020":                         "",
		"Mon, 6 Jan 2020 10:00:61 GMT":            "",
		"Mon, 36 Jan 2020 10:00:00 GMT":           "",
	} {
		got := ""
		if d, ok := Parse(in); ok {
			got = d.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestReceived(t *testing.T) {
	for in, want := range map[string]bool{
		"from a (x; y) by b; Mon, 6 Jan 2020 10:00:00 +0100": true,
		"from a by b":               false,
		"6 Jan 2020 10:00:00 +0100": false,
		"from a by b; yesterday":    false,
	} {
		if d, ok := Received(in); ok != want || ok && d.Unix() != 1578301200 {
			t.Errorf("%q: got %v, %v, want %v", in, d, ok, want)
		}
	}
}

func TestPlausible(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]bool{
		{}:                      false,
		time.Unix(0, 0):         false,
		time.Unix(86400, 0):     true,
		now:                     true,
		now.Add(47 * time.Hour): true,
		now.Add(49 * time.Hour): false,
	} {
		if got := Plausible(at, now); got != want {
			t.Errorf("%v: got %v, want %v", at, got, want)
		}
	}
}

func FuzzDate(f *testing.F) {
	f.Add("Mon, 6 Jan 2020 10:00:00 +0100 (CET)")
	f.Add("a@b Mon Jan 06 10:00:00 MET DST 2020")
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := Parse(s); ok && d.Year() < 1899 {
			t.Errorf("%q: got %s, want none before 1900", s, d)
		}
		AtEnd(s)
	})
}
