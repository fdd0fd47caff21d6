package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// A run that was interrupted within its folders tells of how many they are.
func TestFoldersOfAnInterruptedRun(t *testing.T) {
	folder := func(copied int) transfer.FolderReport {
		return transfer.FolderReport{Tally: transfer.Tally{Messages: copied, Copied: copied}}
	}
	for _, tc := range []struct {
		finished int
		folders  []transfer.FolderReport
		want     string
	}{
		{0, []transfer.FolderReport{folder(900), folder(10), folder(0)}, "910  messages in 2 folders\n"},
		{3, []transfer.FolderReport{folder(900), folder(10), folder(0)}, "910  messages in 3 folders\n"},
		{1, []transfer.FolderReport{folder(910)}, "910  messages in 1 folder\n"},
	} {
		r := transfer.Report{Tally: transfer.Tally{Messages: 910, Copied: 910, Folders: tc.finished}, Folders: tc.folders}
		var out bytes.Buffer
		fates(&out, r)
		if !strings.HasSuffix(out.String(), tc.want) {
			t.Errorf("got %q, want it to end in %q", out.String(), tc.want)
		}
	}
}
