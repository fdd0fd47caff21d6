package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// goldenFile compares with testdata/golden/name: what programs read must not change
// unnoticed. A change that only adds is written with -update.
func goldenFile(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s has changed, which programs rely on. If it only adds to it: go test ./cmd/mailhaul -run 'Schema|GoldenLines' -update. Got\n%s\nwant\n%s", name, got, want)
	}
}

func TestSchema(t *testing.T) {
	var out bytes.Buffer
	if err := writeSchema(&out); err != nil {
		t.Fatal(err)
	}
	goldenFile(t, "schema.json", out.Bytes())
}

// TestGoldenLines: each line in full, and within the schema.
func TestGoldenLines(t *testing.T) {
	at := time.Date(2026, 3, 14, 9, 26, 53, 589e6, time.UTC)
	var out bytes.Buffer
	v := &jsonLines{&out}
	p := newProgress()
	for i, e := range story() {
		e.Time = at.Add(time.Duration(i) * time.Second)
		v.see(e, p)
	}
	failed := event(transfer.EventDone, "", 0, 0)
	failed.Time, failed.Err = at, errors.New("the server answered NO")
	v.see(failed, p)
	tally := transfer.Tally{Messages: 28, Copied: 1, Present: 2, Adopted: 3, Skipped: 4, Refused: 5, Vanished: 6, Merged: 7, Folders: 8, Bytes: 9}
	deleted := event(transfer.EventDeleted, "", 3, 0)
	deleted.Time = at
	v.see(deleted, p)
	writeLine(&out, clearedLine{Event: "cleared", Time: stamp(at), Deleted: 3, Unsure: 2, Over: 1, Kept: []keptLine{{"s", "why", 4}}})
	writeSummary(&out, tally, 1234567890, 3)
	plan := transfer.Plan{
		Folders: []transfer.PlanFolder{
			{Source: "s", From: transfer.Folder{Path: []string{"v1.2"}, Count: 9, Bytes: 900}, To: transfer.Folder{Path: []string{"v1_2"}}, Notes: []string{"a note"}, Altered: true, Counted: true, Tally: transfer.Tally{Copied: 5, Present: 1, Adopted: 1, Skipped: 1, Refused: 1, Bytes: 500}, Reflagged: 1},
			{Source: "s", From: transfer.Folder{Path: []string{"Spam"}, Count: -1, Bytes: -1}, Skip: "excluded"},
		},
		Obstacles: []transfer.Obstacle{{Kind: transfer.TooLarge, Source: "s", From: "v1.2", To: "v1_2", Count: 1, Bytes: 7, Messages: []transfer.Titled{{Message: transfer.Message{ID: "1", Date: at, Size: 7}, Subject: "=?utf-8?q?=C3=A9?=", MessageID: "<a@b>"}}}},
		Site:      transfer.Site{Limit: 5},
	}
	planLines(&out, plan)
	hurdleLines(&out, (&haul{}).hurdles(plan))
	writePlanned(&out, plan, 3)
	a := sampleReport()
	a.Undone = []checkpoint.Undone{{Begun: at, Ended: at.Add(time.Second), Removed: 1, Bytes: 2, Released: 3, Kept: 4, Folders: 5}}
	reportLines(&out, a.Status)
	writeLine(&out, refusedLineOf(a.Refused[0]))
	line := statusOf(a.Status)
	line.Run = &picture{Folder: 1, Folders: 2, Work: []workPicture{{"INBOX", 1, 2}}, Waits: []waitingPicture{{"INBOX", "asks to wait", at}}, Fates: map[string]int{"copied": 1}, Recent: []int64{1}, Left: 2}
	writeLine(&out, line)
	verifyLines(&out, at)
	undoLines(&out)
	checkLines(t, out.Bytes())
	goldenFile(t, "lines.jsonl", out.Bytes())
}

// verifyLines are all kinds of lines that verify writes.
func verifyLines(w *bytes.Buffer, at time.Time) {
	l := &differenceList{w: w, json: true}
	inbox := transfer.Folder{Path: []string{"INBOX"}, Epoch: "7"}
	one := transfer.Difference{
		Kind: transfer.MissingThere, Cause: transfer.LostThere, Source: "s", From: "INBOX", To: "INBOX", Origin: inbox, Target: inbox,
		ID: "4711", Date: at, Size: 99, Subject: "=?utf-8?q?=C3=A9?=", MessageID: "<a@b>",
	}
	altered := one
	altered.Kind, altered.Cause, altered.There, altered.Place, altered.UID = transfer.Altered, transfer.ChangedThere, "INBOX", inbox, 12
	altered.Bytes, altered.SizeThere, altered.Words, altered.DateThere = true, 98, "the body differs", at.Add(time.Hour)
	altered.Lacks, altered.Extra = []transfer.Flag{transfer.Seen}, []transfer.Flag{"$Mine", transfer.Flagged}
	misplaced := one
	misplaced.Kind, misplaced.Cause, misplaced.There, misplaced.UID = transfer.Misplaced, transfer.ChangedThere, "Work", 3
	unread := one
	unread.Kind, unread.Cause, unread.Words = transfer.Unread, "", "the server answered NO"
	surplus := transfer.Difference{Kind: transfer.Surplus, Cause: transfer.Superseded, To: "INBOX", There: "INBOX", Place: inbox, UID: 5, Date: at, Size: 7, SizeThere: 7, Twin: true}
	for _, d := range []transfer.Difference{one, altered, misplaced, unread, surplus, {Kind: transfer.NoFolder, Source: "s", From: "Old", To: "Old"}} {
		_ = l.add(d)
	}
	writeLine(w, repairLine{"repair", 2, 1})
	writeLine(w, verifySummaryOf(transfer.Differences{
		Messages: 20, Equal: 1, Missing: 2, Altered: 3, Misplaced: 4, Unread: 5, Merged: 6, Skipped: 7, There: 8, Surplus: 9, Folders: 10,
		NoFolder: 11, Digested: 12, Read: 13, Causes: map[transfer.Cause]int{transfer.LostThere: 14, "": 15}, Took: 1500 * time.Millisecond,
	}, exitDiffers))
}

// undoLines are those that undo writes.
func undoLines(w *bytes.Buffer) {
	h := &haul{show: show{json: true}, dest: side{Access: dial.Access{Endpoint: dial.Endpoint{Scheme: "imaps", User: "anna", Host: "new.example", Port: 993}}}}
	u := &undoing{undoOptions: &undoOptions{world: &world{out: &sink{w: w}}}, haul: h, others: &siblings{names: []string{"a -> b"}}, note: &checkpoint.Undo{}}
	p := &transfer.UndoPlan{Removable: 3, Bytes: 99, Kept: map[transfer.Kept]int{transfer.KeptShared: 2, transfer.KeptGone: 1}, Before: 4, Folders: map[string]int{"INBOX": 3}, Made: []string{"Sent"}}
	u.tellPlan(p)
	u.tellDone(p, transfer.Undone{Removed: 2, Released: 5, Folders: []string{"Sent"}, Left: map[string]string{"Work": "mail is in it"}}, exitDone)
}

// checkLines wants every line to be one that the schema knows: no field more, and
// none missing.
func checkLines(t *testing.T, lines []byte) {
	t.Helper()
	for text := range bytes.Lines(lines) {
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var why []string
		known := false
		for _, f := range lineForms() {
			if event, _ := got["event"].(string); !slices.Contains(f.events, event) {
				continue
			}
			wrong := misfits(got, shape(reflect.TypeOf(f.value)))
			known = known || wrong == ""
			why = append(why, f.name+": "+wrong)
		}
		if !known {
			t.Errorf("the schema does not know %s: %s", strings.TrimSpace(string(text)), why)
		}
	}
}

// misfits tells in what a value differs from a shape.
func misfits(got map[string]any, want schema) string {
	properties := want["properties"].(schema)
	for name := range got {
		if properties[name] == nil {
			return "has " + name
		}
	}
	for _, name := range want["required"].([]string) {
		if _, there := got[name]; !there {
			return "lacks " + name
		}
	}
	return ""
}
