package main

import (
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestPopSeen(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		text                         string
		young, old, ancient, undated bool
		bad                          bool
	}{
		{text: "", old: false, ancient: true}, // the default
		{text: "all", young: true, old: true, ancient: true, undated: true},
		{text: "none"},
		{text: "older-than=1w", old: true, ancient: true},
		{text: "older-than=0d", young: true, old: true, ancient: true},
		{text: "older-than=30", bad: true},
		{text: "older-than=", bad: true},
		{text: "older-than=-1d", bad: true},
		{text: "older", bad: true},
		{text: "ALL", bad: true},
	} {
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		choiceFlags(flags)
		if tc.text != "" {
			flags.Set("pop-seen", tc.text)
		}
		l, err := (&world{}).layers(flags, nil)
		if err != nil {
			t.Fatal(err)
		}
		marks, err := readPopSeen(l, now)
		if (err != nil) != tc.bad {
			t.Errorf("%q: got %v, want an error: %v", tc.text, err, tc.bad)
		}
		if err != nil {
			continue
		}
		for name, c := range map[string]struct {
			date time.Time
			want bool
		}{
			"an hour": {now.Add(-time.Hour), tc.young},
			"20 days": {now.AddDate(0, 0, -20), tc.old},
			"31 days": {now.AddDate(0, 0, -31), tc.ancient},
			"undated": {time.Time{}, tc.undated},
		} {
			got := marks(transfer.Message{Date: c.date})
			if (len(got) == 1 && got[0] == transfer.Seen) != c.want || len(got) > 1 {
				t.Errorf("%q, %s: got %v, want seen: %v", tc.text, name, got, c.want)
			}
		}
	}
}
