package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// What stands in the way of a whole move: quotas and the day limits of providers.
func TestHurdlesOfTheWhole(t *testing.T) {
	at := func(scheme, host string) side {
		return side{Access: dial.Access{Endpoint: dial.Endpoint{Scheme: scheme, User: "anna", Host: host}}}
	}
	const gib = 1 << 30
	plan := func(source side, messages int, bytes int64, quotas ...transfer.Quota) transfer.Plan {
		return transfer.Plan{
			Folders:  []transfer.PlanFolder{{Source: source.Endpoint.String(), Counted: true, Tally: transfer.Tally{Copied: messages, Bytes: bytes}}},
			Forecast: transfer.Forecast{Quotas: quotas},
		}
	}
	old, gmail, other := at("imaps", "imap.old.example"), at("imaps", "imap.gmail.com"), at("imaps", "imap.new.example")
	tests := []struct {
		name     string
		from, to side
		messages int
		bytes    int64
		quotas   []transfer.Quota
		want     []string // beginnings of the words
	}{
		{"all well", old, other, 10, gib, nil, nil},
		{"room enough", old, other, 10, gib, []transfer.Quota{{Limit: 3 * gib, Used: gib}}, nil},
		{"no limit", old, other, 10, gib, []transfer.Quota{{Used: gib}}, nil},
		{"full", old, other, 10, gib, []transfer.Quota{{Limit: gib, Used: gib / 2}}, []string{"the destination has room for 512 MiB, and 1.0 GiB would come"}},
		{"over already", old, other, 10, gib, []transfer.Quota{{Limit: gib, Used: 2 * gib}}, []string{"the destination has room for 0 B"}},
		{"too many", old, other, 10, gib, []transfer.Quota{{Messages: true, Limit: 12, Used: 3}}, []string{"the destination has room for 9 messages, and 10 messages would come"}},
		{"into Gmail", old, gmail, 10, 3 * gib, nil, []string{"imap.gmail.com lets about 500 MiB a day in: this takes about 7 days"}},
		{"out of Gmail", gmail, other, 10, 3 * gib, nil, []string{"imap.gmail.com lets about 2.4 GiB a day out: this takes about 2 days"}},
		{"a day's worth", old, gmail, 10, 400 << 20, nil, nil},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			h := &haul{sources: []side{tc.from}, dest: tc.to}
			var got []string
			for _, o := range h.hurdles(plan(tc.from, tc.messages, tc.bytes, tc.quotas...)) {
				got = append(got, o.text)
			}
			if !slices.EqualFunc(got, tc.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
