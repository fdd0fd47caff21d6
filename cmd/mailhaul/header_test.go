package main

import (
	"strings"
	"testing"
)

func TestDecodeHeader(t *testing.T) {
	long, plain := strings.Repeat("=?utf-8?Q?a?= ", 20), strings.Repeat("a", 20)
	for raw, want := range map[string]string{
		"plain":                              "plain",
		"=?utf-8?B?R3LDvMOfZQ==?=":           "Grüße",
		"=?windows-1251?B?z/Do4uXy?=":        "Привет",
		"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=": "日本",
		"=?no-such?Q?a?=":                    "=?no-such?Q?a?=",
		"=?utf-8?Q?a?= =?utf-8?Q?b?=":        "ab",
		"=?utf-8?Q?a":                        "=?utf-8?Q?a",
		"Re: is 1=?2":                        "Re: is 1=?2",
		long + "=?utf-8?Q?=20b":              plain,
		long + "=?utf-8?B?YQ==?":             plain,
		long + "=?utf-8?B?YQ==?=":            plain + "a",
		long + "=?utf-8":                     plain,
	} {
		if got := decodeHeader(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}
