package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
)

//go:embed report.html
var reportPage string

// page is what the template is filled with: texts that have passed [Safe], which
// html/template escapes, and numbers of ours.
type page struct {
	Title, Verdict, State, Dest string
	Mood                        mood
	Sources                     []string
	Tiles                       []pageTile
	Shares                      []pageShare
	SharesText                  string
	Flow                        *curveChart
	Years                       *barChart
	Columns                     []string
	Folders                     []pageFolder
	FoldersText                 string
	Legend                      []string
	Refused                     []pageRefused
	RefusedText                 string
	Failed                      []failedFolder
	Flaws, Notes, Undone        []string
	Runs                        []pageRun
	Proof, ProofText            string
	RunsText                    string
	Next                        []nextStep
	Version, Made, Path         string
}

type pageTile struct{ Value, Name string }

// pageShare is one fate's part of all messages.
type pageShare struct {
	Class, Name, Tell, Count string
	Weight                   int
}

type pageFolder struct {
	From, To, Source, Size, Finished string
	Counts                           []pageCount
	Share                            int
}

type pageCount struct {
	Name, Text string
	Zero, Bad  bool
}

type pageRefused struct {
	Title, Words, More string
	Rows               []pageMessage
}

type pageMessage struct{ Date, Size, Subject, ID string }

type pageRun struct{ Began, Took, Copied, Size, Ended string }

// shownRefused is how many refused messages of one kind a report names.
const shownRefused = 100

// html is the report as one page that needs nothing else.
func (a *jobReport) html(w io.Writer) error {
	t, err := template.New("report").Parse(reportPage)
	if err != nil {
		return err
	}
	return t.Execute(w, a.page())
}

func (a *jobReport) page() *page {
	how, verdict := a.verdict()
	p := &page{
		Title: "Mail move report: " + Safe(a.Dest), Verdict: Safe(verdict), State: Safe(state(a.Status)), Dest: Safe(a.Dest), Mood: how,
		Tiles: a.tiles(), Years: yearChart(a.Years), FoldersText: counted(filled(a.Status), "folder") + " with mail",
		Version: version(), Made: a.Made.Format("2006-01-02 15:04 MST"), Path: Safe(a.Path), Runs: a.runs(),
	}
	for _, s := range a.Sources {
		p.Sources = append(p.Sources, Safe(s))
	}
	for _, step := range a.Next {
		p.Next = append(p.Next, nextStep{Safe(step.Text), Safe(step.Command)})
	}
	if a.Note != nil {
		p.Flow = flowChart(a.Note.Flow)
	}
	p.shares(a)
	p.folders(a)
	p.refused(a)
	if p.Proof = Safe(a.Proof.Digest); p.Proof != "" {
		p.ProofText = messages(a.Proof.Messages) + " that have arrived"
	}
	p.Undone = safeAll(undoneTexts(a.Undone))
	p.RunsText = counted(len(p.Runs), "run")
	if end := a.end(); end != nil {
		p.Flaws, p.Notes = safeAll(end.Flaws), safeAll(end.otherNotes())
		for _, f := range end.Failed {
			p.Failed = append(p.Failed, failedFolder{Safe(f.Folder), Safe(f.Text), Safe(f.Hint)})
		}
	}
	return p
}

func safeAll(texts []string) (safe []string) {
	for _, text := range texts {
		safe = append(safe, Safe(text))
	}
	return safe
}

// tiles are the numbers that matter most.
func (a *jobReport) tiles() []pageTile {
	tiles := []pageTile{
		{formatCount(arrived(a.Sum)), "messages arrived"},
		{formatSize(a.Sum.Bytes), "of mail"},
		{formatCount(filled(a.Status)), "folders"},
		{formatCount(len(a.Refused)), "refused"},
	}
	if took := a.took(); took > 0 {
		tiles = append(tiles, pageTile{formatDuration(took), "last run"})
	}
	return tiles
}

// shares are how the messages divide into fates.
func (p *page) shares(a *jobReport) {
	add := func(class, tell string, n int) {
		if n > 0 {
			p.Shares = append(p.Shares, pageShare{class, class, tell, formatCount(n), n})
		}
	}
	add("copied", "", a.Sum.Copied)
	add("adopted", "found at the destination", a.Sum.Adopted)
	add("merged", "folded into a twin by the destination", a.Sum.Merged)
	add("skipped", "left out by filters", a.Sum.Skipped)
	add("vanished", "gone from the source meanwhile", a.Sum.Vanished)
	add("refused", "a server would not give or take them", len(a.Refused))
	add("open", "left without an answer", a.Open)
	var texts []string
	for _, s := range p.Shares {
		texts = append(texts, s.Count+" "+s.Name)
	}
	p.SharesText = strings.Join(texts, ", ")
}

func (p *page) folders(a *jobReport) {
	used, most := usedColumns(a.Folders), int64(1)
	for _, c := range used {
		p.Columns = append(p.Columns, c.name)
		if c.tell != "" {
			p.Legend = append(p.Legend, c.name+": "+c.tell)
		}
	}
	for _, f := range a.Folders {
		most = max(most, f.Recorded.Bytes)
	}
	for _, f := range a.Folders {
		row := pageFolder{From: Safe(f.From), Size: formatSize(f.Recorded.Bytes), Share: int((f.Recorded.Bytes*100 + most - 1) / most), Finished: "not yet"}
		if f.To != f.From {
			row.To = Safe(f.To)
		}
		if len(a.Sources) > 1 {
			row.Source = Safe(f.Source)
		}
		if !f.Finished.IsZero() {
			row.Finished = f.Finished.Local().Format("2006-01-02 15:04")
		}
		for _, c := range used {
			n := c.count(f)
			one := pageCount{c.name, formatCount(n), n == 0, c.name == "refused"}
			if one.Zero {
				one.Text = "–"
			}
			row.Counts = append(row.Counts, one)
		}
		p.Folders = append(p.Folders, row)
	}
}

func (p *page) refused(a *jobReport) {
	p.RefusedText = messages(len(a.Refused)) + "; they stay at the source"
	for _, g := range a.refusedGroups() {
		one := pageRefused{Title: fmt.Sprintf("%s: %s", Safe(g.From), messages(len(g.Messages))), Words: Safe(g.Words)}
		if len(a.Sources) > 1 {
			one.Title = Safe(g.Source) + ": " + one.Title
		}
		for i, r := range g.Messages {
			if i == shownRefused {
				one.More = "and " + messages(len(g.Messages)-i) + " more: mailhaul report --refused lists all"
				break
			}
			row := pageMessage{Size: sizeOrNone(r.Size), Subject: subjectOf(r), ID: Safe(r.MessageID)}
			if !r.Date.IsZero() {
				row.Date = r.Date.Format(time.DateOnly)
			}
			one.Rows = append(one.Rows, row)
		}
		p.Refused = append(p.Refused, one)
	}
}

// sizeOrNone is a size, "" if it is not known.
func sizeOrNone(n int64) string {
	if n <= 0 {
		return ""
	}
	return formatSize(n)
}

// shownRuns bounds the table of runs.
const shownRuns = 20

// runs are the runs there were, the latest first.
func (a *jobReport) runs() (rows []pageRun) {
	if a.Note == nil {
		return nil
	}
	all := a.Note.Earlier
	if a.end() != nil {
		all = append(all[:len(all):len(all)], a.Note.past())
	}
	for i := len(all) - 1; i >= 0 && len(rows) < shownRuns; i-- {
		r := all[i]
		rows = append(rows, pageRun{
			when(r.Started), formatDuration(time.Duration(r.Seconds * float64(time.Second))), formatCount(r.Copied), formatSize(r.Bytes), exitWords(r.Exit),
		})
	}
	return rows
}

// exitWords are those of the table of exit codes.
func exitWords(code int) string {
	for line := range strings.Lines(helpExitCodes) {
		var n int
		if _, err := fmt.Sscanf(line, "%d", &n); err == nil && n == code {
			_, words, _ := strings.Cut(strings.TrimSpace(line), "  ")
			return words
		}
	}
	return fmt.Sprintf("exit %d", code)
}
