package maildir

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestParseName(t *testing.T) {
	tests := []struct {
		file string
		want name
	}{
		{"1409000000.M12P34.host,S=900,W=920:2,FS", name{"1409000000.M12P34.host,S=900,W=920", "FS", 1409000000, 12, 920}},
		{"1409000000.M12P34V0000I11_0.host:2,", name{"1409000000.M12P34V0000I11_0.host", "", 1409000000, 12, -1}},
		{"1409000000.H3M55.host;2,RS", name{"1409000000.H3M55.host", "RS", 1409000000, 55, -1}},
		{"1409000000.34_1.host!2,Sab", name{"1409000000.34_1.host", "Sab", 1409000000, 0, -1}},
		{"1409000000.34.a;b!c;2,T", name{"1409000000.34.a;b!c", "T", 1409000000, 0, -1}},
		{"1409000000.34.a;2,b:2,D", name{"1409000000.34.a;2,b", "D", 1409000000, 0, -1}},
		{"1409000000.34.host:1,exp", name{"1409000000.34.host", "", 1409000000, 0, -1}},
		{"1409000000.34.host:2,S,more", name{"1409000000.34.host", "S", 1409000000, 0, -1}},
		{"1409000000.34.host:", name{"1409000000.34.host", "", 1409000000, 0, -1}},
		{"1409000000.34.host;x", name{"1409000000.34.host;x", "", 1409000000, 0, -1}},
		{"name", name{"name", "", 0, 0, -1}},
		{":2,S", name{":2,S", "", 0, 0, -1}},
		{";2,", name{";2,", "", 0, 0, -1}},
		{"-5.x", name{"-5.x", "", 0, 0, -1}},
		{"99999999999999999999.M99999999999999999999,W=99999999999999999999", name{"99999999999999999999.M99999999999999999999,W=99999999999999999999", "", 0, 0, -1}},
	}
	for _, tc := range tests {
		if got := parseName(tc.file); got != tc.want {
			t.Errorf("parse %q:\n got %+v\nwant %+v", tc.file, got, tc.want)
		}
	}
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"1409000000.M12P34.host,S=900,W=920:2,FS", "1.a;2,S", "1.a!2,abc", "a#2", "1!1,!1,", "5.a;2,b:2,S", "a#2#1:2,", ":", "#", "", ",W="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, file string) {
		n := parseName(file)
		if !strings.HasPrefix(file, n.base) || n.base == "" != (file == "") {
			t.Fatalf("parse %q: got base %q", file, n.base)
		}
		if n.sec < 0 || n.usec < 0 || n.virtual < -1 {
			t.Fatalf("parse %q: got %+v", file, n)
		}
		flags(n.letters, []transfer.Flag{"a", "", "c"})
		for _, k := range []int{1, 2, 17} {
			if base, got := parseID(id(n.base, k)); base != n.base || got != k {
				t.Fatalf("ID of %q, %d: got %q, %d back", n.base, k, base, got)
			}
		}
		var x page
		for _, other := range []string{"0", file, "1.M1", "\xff"} {
			x.add(other, false)
		}
		x.sort()
		x.number()
		for k := range x.entries {
			if m := x.mail(k); true {
				if i, ok := x.search(spotOf(m.id())); !ok || i != k {
					t.Fatalf("search for ID %q of %q: got %d, %v, want %d", m.id(), m.file, i, ok, k)
				}
			}
		}
	})
}

func TestFlags(t *testing.T) {
	keywords := parseKeywords("0 $Label1\n3 Junk\r\nx y\n4\n99 high\n-1 low\n")
	tests := []struct {
		letters string
		want    []transfer.Flag
	}{
		{"", nil},
		{"PRSTDF", []transfer.Flag{"$Forwarded", `\Answered`, `\Seen`, `\Deleted`, `\Draft`, `\Flagged`}},
		{"SSaad", []transfer.Flag{`\Seen`, "$Label1", "Junk"}},
		{"bcezAZ09 ", nil},
	}
	for _, tc := range tests {
		if got := flags(tc.letters, keywords); !slices.Equal(got, tc.want) {
			t.Errorf("flags %q: got %q, want %q", tc.letters, got, tc.want)
		}
	}
}

func TestArrival(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(year int) time.Time { return time.Date(year, 6, 1, 12, 0, 0, 0, time.UTC) }
	tests := []struct {
		name        string
		mtime, file time.Time
		want        time.Time
	}{
		{"equal", at(2015), at(2015), at(2015)},
		{"some seconds later", at(2015).Add(9 * time.Second), at(2015), at(2015).Add(9 * time.Second)},
		{"put there later by APPEND", at(2001), at(2015), at(2001)},
		{"copied without its time", at(2025), at(2015), at(2015)},
		{"no time in the name", at(2025), time.Unix(0, 0), at(2025)},
		{"name in the future", at(2020), at(2099), at(2020)},
		{"file in the future", at(2099), at(2015), at(2015)},
		{"file of 1970", time.Unix(0, 0), at(2015), at(2015)},
		{"nothing", time.Unix(0, 0), time.Unix(5, 0), time.Time{}},
		{"half a second", at(2015).Add(time.Second / 2), at(2015), at(2015)},
	}
	for _, tc := range tests {
		if got := arrival(tc.mtime, tc.file.Unix(), now); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}
