package mailtest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCompareTellsEachDifference(t *testing.T) {
	day := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	mail := func(folder, text string, flags ...string) Mail {
		return Mail{Folder: []string{folder}, Flags: flags, Date: day, Bytes: []byte(text)}
	}
	later := mail("INBOX", "a\r\n")
	later.Date = day.Add(time.Second)
	zoned := mail("INBOX", "a\r\n")
	zoned.Date = day.In(time.FixedZone("", 3600))
	tests := []struct {
		name      string
		want, got []Mail
		o         CompareOptions
		diffs     []string // what each one holds
	}{
		{"the same", []Mail{mail("A", "a", `\Seen`)}, []Mail{mail("A", "a", `\Seen`)}, CompareOptions{}, nil},
		{"recent and order of flags", []Mail{mail("A", "a", "x", `\Seen`)}, []Mail{mail("A", "a", `\Seen`, `\Recent`, "x")}, CompareOptions{}, nil},
		{"another zone", []Mail{mail("INBOX", "a\r\n")}, []Mail{zoned}, CompareOptions{}, nil},
		{"missing", []Mail{mail("A", "a"), mail("A", "b")}, []Mail{mail("A", "b")}, CompareOptions{}, []string{`"A": missing 1 of 1`}},
		{"surplus twin", []Mail{mail("A", "a")}, []Mail{mail("A", "a"), mail("A", "a")}, CompareOptions{}, []string{`"A": surplus 1 over 1`}},
		{"missing twin", []Mail{mail("A", "a"), mail("A", "a")}, []Mail{mail("A", "a")}, CompareOptions{}, []string{`"A": missing 1 of 2`}},
		{"another folder", []Mail{mail("A", "a")}, []Mail{mail("B", "a")}, CompareOptions{},
			[]string{`"A": got none`, `"A": missing`, `"B": got a folder`, `"B": surplus`}},
		{"another folder, ignored", []Mail{mail("A", "a")}, []Mail{mail("B", "a")}, CompareOptions{IgnoreFolder: true}, nil},
		{"flags", []Mail{mail("A", "a", `\Seen`)}, []Mail{mail("A", "a")}, CompareOptions{}, []string{`want flags (\Seen)`}},
		{"flags, ignored", []Mail{mail("A", "a", `\Seen`)}, []Mail{mail("A", "a")}, CompareOptions{IgnoreFlags: true}, nil},
		{"date", []Mail{mail("INBOX", "a\r\n")}, []Mail{later}, CompareOptions{}, []string{"want flags () date 2020-02-03 04:05:06"}},
		{"date, ignored", []Mail{mail("INBOX", "a\r\n")}, []Mail{later}, CompareOptions{IgnoreDates: true}, nil},
		{"order", []Mail{mail("A", "a"), mail("A", "b")}, []Mail{mail("A", "b"), mail("A", "a")}, CompareOptions{}, []string{"order: number 1"}},
		{"order, ignored", []Mail{mail("A", "a"), mail("A", "b")}, []Mail{mail("A", "b"), mail("A", "a")}, CompareOptions{IgnoreOrder: true}, nil},
		{"one byte", []Mail{mail("A", "a\n")}, []Mail{mail("A", "a\r\n")}, CompareOptions{}, []string{"missing", "surplus"}},
		{"canonical", []Mail{mail("A", "a\n\x00\r")}, []Mail{mail("A", "a\r\n\x80")}, CompareOptions{Canonical: true}, nil},
		{"final line end", []Mail{mail("A", "a\nb")}, []Mail{mail("A", "a\r\nb\r\n")}, CompareOptions{Canonical: true}, []string{"missing", "surplus"}},
		{"closed", []Mail{mail("A", "a\nb")}, []Mail{mail("A", "a\r\nb\r\n")}, CompareOptions{Closed: true}, nil},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got := Compare(FromMails(tc.want), FromMails(tc.got), tc.o)
			if !slices.EqualFunc(got, tc.diffs, strings.Contains) {
				t.Errorf("got %q, want %q", got, tc.diffs)
			}
		})
	}
}

func TestCompareEmptyFolders(t *testing.T) {
	want, got := Snapshot{}, Snapshot{Key("A", "b"): nil}
	if d := Compare(want, got, CompareOptions{}); len(d) != 1 || !strings.Contains(d[0], `"A / b": got a folder, want none`) {
		t.Errorf("got %q, want one surplus folder", d)
	}
	if d := Compare(want, got, CompareOptions{IgnoreEmpty: true}); len(d) != 0 {
		t.Errorf("got %q, want nothing", d)
	}
}
