package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/mapping"
	"github.com/mailhaul/mailhaul/transfer"
)

// Each reason for which a run is not complete is told once.
func TestOutcome(t *testing.T) {
	broken := &transfer.SideError{Side: transfer.AtSource, Name: "maildir:/m", Err: errors.New("no such folder")}
	report := transfer.Report{
		Limited: true, Tally: transfer.Tally{Refused: 3, Bytes: 2000},
		Folders: []transfer.FolderReport{{From: "a"}, {From: "b", Err: broken}},
	}
	tests := []struct {
		name string
		show show
		pace pace
		err  error
		want []string
	}{
		{"all", show{}, pace{maxTransfer: 1000}, nil,
			[]string{`folder "b" could not be read: source maildir:/m: no such folder`, "3 messages were refused (listed above)", "--max-transfer was reached"}},
		{"quiet", show{quiet: true}, pace{maxDuration: 1}, broken,
			[]string{`folder "b" could not be read: `, "3 messages were refused (mailhaul report --refused lists them)", "--max-duration was reached"}},
		{"with an error of the run", show{logFile: "x.log"}, pace{maxTransfer: 3000, maxDuration: 1}, errors.New("lost"),
			[]string{"lost", "folder", "3 messages were refused (listed in x.log)", "--max-duration was reached"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			h := &haul{show: tc.show, pace: tc.pace}
			got := unjoin(h.outcome(report, tc.err))
			if len(got) != len(tc.want) {
				t.Fatalf("got %q, want %d reasons", got, len(tc.want))
			}
			for i, want := range tc.want {
				if !strings.Contains(got[i].Error(), want) {
					t.Errorf("got %q, want %q in it", got[i], want)
				}
			}
		})
	}
	if err := (&haul{}).outcome(transfer.Report{}, nil); err != nil {
		t.Errorf("got %v for a complete run, want nothing", err)
	}
}

func TestFolderFailedLine(t *testing.T) {
	e := event(transfer.EventDone, "", 0, 0)
	e.Err = errors.New("gone mad")
	var out bytes.Buffer
	(&jsonLines{&out}).see(e, newProgress())
	if got := out.String(); !strings.Contains(got, `"event":"folder-failed"`) || !strings.Contains(got, `"text":"gone mad"`) {
		t.Errorf("got %s, want folder-failed with its reason", got)
	}
}

// Folders that the user has deleted at the destination are told.
func TestGone(t *testing.T) {
	m, err := mapping.New(mapping.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	v := (&haul{sources: make([]side, 1)}).watchFolders(m, func(transfer.Event) {})
	v.Routes(nil, transfer.Site{Folders: []transfer.Folder{{Path: []string{"Kept"}}}})
	present := transfer.Tally{Present: 2}
	got := v.gone(transfer.Report{Folders: []transfer.FolderReport{
		{To: "Kept", Tally: present}, {To: "INBOX", Tally: present}, {To: "Lost", Tally: present},
		{To: "Made", Tally: transfer.Tally{Present: 2, Copied: 1}}, {To: "Out", Tally: present, Skip: "excluded"},
	}})
	if len(got) != 1 || !strings.HasPrefix(got[0], "Lost is not at the destination any more: 2 messages of it") {
		t.Errorf("got %q, want Lost alone", got)
	}
}

func TestInstead(t *testing.T) {
	tests := []struct {
		args []string
		job  string
		want string
	}{
		{[]string{"mailhaul", "plan", "--exclude", "a b", "x", "y"}, "", "mailhaul copy --exclude 'a b' x y"},
		{[]string{"/opt/m", "copy", "x", "--dry-run=true", "y"}, "", "/opt/m copy x y"},
		{[]string{"mailhaul", "plan", "--job", "anna", "-c", "f"}, "anna", "mailhaul run -c f anna"},
		{[]string{"mailhaul", "plan", "--job=anna"}, "anna", "mailhaul run anna"},
		{[]string{"mailhaul", "--json", "plan", "x", "y"}, "", ""},
		{[]string{"mailhaul", "plan", "x\x1b[2J", "y"}, "", ""},
	}
	for _, tc := range tests {
		if got := (&world{args: tc.args}).instead(tc.job); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.args, got, tc.want)
		}
	}
}
