package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// mdSafe is a foreign text in Markdown: on one line, and nothing in it is markup,
// a link or HTML.
func mdSafe(text string) string { return mdMarkup.Replace(Safe(text)) }

// mdMarkup takes their meaning from what means something within a line, tables and
// the links that GitHub makes of bare addresses included.
var mdMarkup = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;",
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "@", `\@`, "$", `\$`, "{{", `\{\{`, "{%", `\{%`,
	"://", `\:\/\/`, "www.", `www\.`, "WWW.", `WWW\.`,
)

// mdCode is a command of ours in a block. What could end the block is no part of a
// command that a terminal can show.
func mdCode(w io.Writer, command string) {
	if command == "" {
		return
	}
	fence := "```"
	for strings.Contains(command, fence) {
		fence += "`"
	}
	fmt.Fprintf(w, "\n  %s\n  %s\n  %s\n", fence, command, fence)
}

// markdown is the report for people who pass it on.
func (a *jobReport) markdown(w io.Writer) {
	_, verdict := a.verdict()
	fmt.Fprintf(w, "# Mail move report\n\n")
	for _, s := range a.Sources {
		fmt.Fprintf(w, "From **%s**  \n", mdSafe(s))
	}
	fmt.Fprintf(w, "to **%s**\n\n**%s** %s\n\n", mdSafe(a.Dest), mdSafe(verdict), mdSafe(upper(state(a.Status))+"."))
	fmt.Fprintf(w, "| arrived | size | folders | refused |\n|---:|---:|---:|---:|\n| %s | %s | %s | %s |\n",
		formatCount(arrived(a.Sum)), formatSize(a.Sum.Bytes), formatCount(filled(a.Status)), formatCount(len(a.Refused)))
	a.mdFolders(w)
	if flow := a.flow(); flow != "" {
		fmt.Fprintf(w, "\nThroughput: %s.\n", mdSafe(flow))
	}
	a.mdYears(w)
	a.mdRefused(w)
	mdList(w, "Taken back", undoneTexts(a.Undone))
	a.mdEnd(w)
	if a.Proof.Digest != "" {
		fmt.Fprintf(w, "\n## Proof\n\nThe manifest of the %s that have arrived has the digest\n\n    %s\n", messages(a.Proof.Messages), Safe(a.Proof.Digest))
	}
	fmt.Fprintf(w, "\n## What to do next\n\n")
	for _, step := range a.Next {
		fmt.Fprintf(w, "* %s\n", step.Text)
		mdCode(w, step.Command)
	}
	fmt.Fprintf(w, "\nWritten by mailhaul %s on %s.\n", mdSafe(version()), a.Made.Format("2006-01-02 15:04 MST"))
}

func (a *jobReport) mdFolders(w io.Writer) {
	used := usedColumns(a.Folders)
	fmt.Fprintf(w, "\n## Folders\n\n| Folder | went to |")
	for _, c := range used {
		fmt.Fprintf(w, " %s |", c.name)
	}
	fmt.Fprintf(w, " size | last whole pass |\n|---|---|%s---:|---|\n", strings.Repeat("---:|", len(used)))
	for _, f := range a.Folders {
		fmt.Fprintf(w, "| %s | %s |", mdSafe(f.From), mdSafe(f.To))
		for _, c := range used {
			fmt.Fprintf(w, " %s |", formatCount(c.count(f)))
		}
		finished := "not yet"
		if !f.Finished.IsZero() {
			finished = when(f.Finished)
		}
		fmt.Fprintf(w, " %s | %s |\n", formatSize(f.Recorded.Bytes), finished)
	}
	for _, c := range used {
		if c.tell != "" {
			fmt.Fprintf(w, "\n*%s*: %s.\n", c.name, c.tell)
		}
	}
}

func (a *jobReport) mdYears(w io.Writer) {
	if len(a.Years) == 0 {
		return
	}
	fmt.Fprintf(w, "\n## By year\n\n| Year | messages | size |\n|---|---:|---:|\n")
	for _, y := range a.Years {
		fmt.Fprintf(w, "| %s | %s | %s |\n", yearName(y.Year), formatCount(y.Messages), formatSize(y.Bytes))
	}
}

func (a *jobReport) mdRefused(w io.Writer) {
	if len(a.Refused) == 0 {
		return
	}
	fmt.Fprintf(w, "\n## Refused\n")
	for _, g := range a.refusedGroups() {
		fmt.Fprintf(w, "\n%s in **%s**: %s\n\n| Date | Size | Subject | Message-ID |\n|---|---:|---|---|\n", upper(messages(len(g.Messages))), mdSafe(g.From), mdSafe(g.Words))
		for i, r := range g.Messages {
			if i == shownRefused {
				fmt.Fprintf(w, "\n... and %s more.\n", messages(len(g.Messages)-i))
				break
			}
			date := ""
			if !r.Date.IsZero() {
				date = r.Date.Format(time.DateOnly)
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s |\n", date, sizeOrNone(r.Size), mdSafe(subjectOf(r)), mdSafe(r.MessageID))
		}
	}
}

// mdEnd tells what else the last run had to tell.
func (a *jobReport) mdEnd(w io.Writer) {
	end := a.end()
	if end == nil {
		return
	}
	if len(end.Failed) > 0 {
		fmt.Fprintf(w, "\n## Not finished\n\n")
		for _, f := range end.Failed {
			fmt.Fprintf(w, "* **%s**: %s %s\n", mdSafe(f.Folder), mdSafe(f.Text), mdSafe(f.Hint))
		}
	}
	mdList(w, "Not exact", end.Flaws)
	mdList(w, "Worth knowing", end.otherNotes())
}

func mdList(w io.Writer, head string, texts []string) {
	if len(texts) == 0 {
		return
	}
	fmt.Fprintf(w, "\n## %s\n\n", head)
	for _, text := range texts {
		fmt.Fprintf(w, "* %s\n", mdSafe(text))
	}
}
