package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// show tells a job for people.
func (a *jobReport) show(w io.Writer) {
	fmt.Fprintf(w, "%s -> %s\n", Safe(strings.Join(a.Sources, ", ")), Safe(a.Dest))
	_, verdict := a.verdict()
	fmt.Fprintf(w, "  %s\n  %s\n", Safe(verdict), state(a.Status))
	fmt.Fprintf(w, "  %s arrived, %s, in %s\n\n", messages(arrived(a.Sum)), formatSize(a.Sum.Bytes), counted(filled(a.Status), "folder"))
	a.showFolders(w)
	if flow := a.flow(); flow != "" {
		fmt.Fprintf(w, "\nThroughput: %s\n", flow)
	}
	a.showEnd(w)
}

// showFolders is the table of folders.
func (a *jobReport) showFolders(w io.Writer) {
	if len(a.Folders) == 0 {
		return
	}
	used := usedColumns(a.Folders)
	g := &grid{right: make([]bool, 3+len(used))}
	head := []string{"Folder", "went to"}
	for i, c := range used {
		g.right[2+i] = true
		head = append(head, c.name)
	}
	g.right[2+len(used)] = true
	g.row(append(head, "size", "last whole pass")...)
	for _, f := range a.Folders {
		row := []string{Safe(f.From), Safe(f.To)}
		for _, c := range used {
			row = append(row, formatCount(c.count(f)))
		}
		finished := "not yet"
		if !f.Finished.IsZero() {
			finished = when(f.Finished)
		}
		g.row(append(row, formatSize(f.Recorded.Bytes), finished)...)
	}
	g.fit(w, columns(w, 0))
	for _, c := range used {
		if c.tell != "" {
			fmt.Fprintf(w, "  %s: %s\n", c.name, c.tell)
		}
	}
}

// showEnd tells how the last run ended, and what to do now.
func (a *jobReport) showEnd(w io.Writer) {
	list := func(head string, texts []string) {
		for i, text := range texts {
			if i == 0 {
				fmt.Fprintf(w, "\n%s:\n", head)
			}
			fmt.Fprintf(w, "  %s\n", Safe(text))
		}
	}
	list("Taken back", undoneTexts(a.Undone))
	if end := a.end(); end != nil {
		var failed []string
		for _, f := range end.Failed {
			failed = append(failed, f.Folder+": "+f.Text)
		}
		list("Not finished", failed)
		list("Not exact", end.Flaws)
		list("Worth knowing", end.otherNotes())
	}
	if a.Proof.Digest != "" {
		fmt.Fprintf(w, "\nProof: the manifest of the %s that have arrived has the digest\n  %s\n", messages(a.Proof.Messages), Safe(a.Proof.Digest))
	}
	for i, step := range a.Next {
		if i == 0 {
			fmt.Fprintf(w, "\nWhat to do next:\n")
		}
		fmt.Fprintf(w, "  %s\n", step.Text)
		if step.Command != "" {
			fmt.Fprintf(w, "    %s\n", step.Command)
		}
	}
}

// reportColumn is one count of a folder. What needs a word to be understood has it.
type reportColumn struct {
	name, tell string
	count      func(checkpoint.FolderStatus) int
}

var reportColumns = []reportColumn{
	{"copied", "", func(f checkpoint.FolderStatus) int { return f.Recorded.Copied }},
	{"adopted", "found at the destination already, not copied again", func(f checkpoint.FolderStatus) int { return f.Recorded.Adopted }},
	{"merged", "the destination folded them into a twin", func(f checkpoint.FolderStatus) int { return f.Recorded.Merged }},
	{"refused", "a server would not give or take them", func(f checkpoint.FolderStatus) int { return f.Recorded.Refused }},
	{"vanished", "gone from the source before they could be copied", func(f checkpoint.FolderStatus) int { return f.Recorded.Vanished }},
	{"skipped", "left out by filters in the last whole pass", func(f checkpoint.FolderStatus) int { return f.Last.Skipped }},
	{"open", "left without an answer: the next run looks for them first", func(f checkpoint.FolderStatus) int { return f.Open }},
	{"doubtful", "sent twice: the next run looks for second copies", func(f checkpoint.FolderStatus) int { return f.Doubtful }},
}

// usedColumns are those in which something is counted, and the first.
func usedColumns(folders []checkpoint.FolderStatus) (used []reportColumn) {
	for i, c := range reportColumns {
		sum := 0
		for _, f := range folders {
			sum += c.count(f)
		}
		if i == 0 || sum > 0 {
			used = append(used, c)
		}
	}
	return used
}
