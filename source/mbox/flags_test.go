package mbox

import (
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestFlags(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want []transfer.Flag
	}{
		{"", nil},
		{"Status: O\n", nil},
		{"Status: RO\n", []transfer.Flag{transfer.Seen}},
		{"status: R\nX-Status: AFDT\n", []transfer.Flag{transfer.Seen, transfer.Answered, transfer.Flagged, transfer.Deleted, transfer.Draft}},
		{"X-Mozilla-Status: 1007\n", []transfer.Flag{transfer.Seen, transfer.Answered, transfer.Flagged, "$Forwarded"}},
		{"X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00800000\n", []transfer.Flag{transfer.Seen}},
		{"X-Mozilla-Status: rubbish\n", nil},
		{"X-Mozilla-Keys: $label1 NonJunk                      \n", []transfer.Flag{"$label1", "NonJunk"}},
		{"X-Keywords: work\n home work \\Seen\n", []transfer.Flag{"work", "home"}},
		{"X-Mozilla-Status: 1000\nX-Keywords: $Forwarded\n", []transfer.Flag{"$Forwarded"}},
		{"X-Gmail-Labels: Inbox,Unread\n", nil},
		{"Subject: x\n\nStatus: RO\n", nil},
	} {
		ms, _ := readFile(t, fromA+"A: 1\n"+tc.in+"B: 2\n\nhi\n")
		if len(ms) != 1 {
			t.Fatalf("%q: got %d messages, want 1", tc.in, len(ms))
		}
		if got := ms[0].Flags; !slices.Equal(got, tc.want) {
			t.Errorf("%q: got %q, want %q", tc.in, got, tc.want)
		}
		if want := crlf("A: 1\n" + tc.in + "B: 2\n\nhi\n"); ms[0].body != want {
			t.Errorf("%q: got bytes %q, want %q", tc.in, ms[0].body, want)
		}
	}
}
