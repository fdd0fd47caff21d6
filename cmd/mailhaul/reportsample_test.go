package main

import (
	"math"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// sampleReport is the report of a move with a bit of everything.
func sampleReport() *jobReport {
	began := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	a := &jobReport{Made: began.Add(time.Hour), Status: checkpoint.Status{
		Path: "/home/anna/.local/state/mailhaul/1f0c2b7a9d3e5f60.db", Sources: []string{"imaps://anna@imap.old.example"}, Dest: "imaps://anna@imap.new.example",
		Created: began, Started: began, Ended: began.Add(9 * time.Minute), Changed: began.Add(9 * time.Minute),
	}}
	for i, name := range []string{"INBOX", "Sent", "Archive/2019", "Archive/2020", "Projects/Alpha & Beta", "Entwürfe für Søren", "Lists/golang-nuts", "日本語/受信トレイ", "Trash"} {
		to := name
		if name == "Entwürfe für Søren" {
			to = "Drafts"
		}
		f := checkpoint.FolderStatus{Source: a.Sources[0], From: name, To: to, Finished: a.Ended}
		f.Recorded = transfer.Tally{Copied: 21004 / (i + 1), Adopted: i % 3 * 40, Bytes: int64(3<<30) / int64(i*i+1)}
		if i == 0 {
			f.Recorded.Refused = 2
		}
		if i == 6 {
			f.Recorded.Refused = 1
		}
		f.Last = transfer.Tally{Skipped: i / 8 * 120}
		a.Folders = append(a.Folders, f)
	}
	a.Refused = []checkpoint.Refused{
		{Source: a.Sources[0], From: "INBOX", To: "INBOX", Key: "INBOX", ID: "1", Date: time.Date(2019, 6, 1, 18, 20, 0, 0, time.UTC), Size: 38 << 20, Subject: "Holiday pictures", MessageID: "<1f03@mail.example>", Words: `the server answered NO "[TOOBIG] Message size exceeds 35 MB"`},
		{Source: a.Sources[0], From: "INBOX", To: "INBOX", Key: "INBOX", ID: "2", Date: time.Date(2021, 1, 15, 9, 4, 0, 0, time.UTC), Size: 41 << 20, Subject: "The whole film", MessageID: "<77c1@mail.example>", Words: `the server answered NO "[TOOBIG] Message size exceeds 35 MB"`},
		{Source: a.Sources[0], From: "Lists/golang-nuts", To: "Lists/golang-nuts", Key: "Lists/golang-nuts", ID: "3", Date: time.Date(2014, 11, 30, 22, 51, 0, 0, time.UTC), Size: 2150, Subject: "Re: Anchors", MessageID: "<d5@lists.example>", Words: `the server answered NO "Message contains NUL characters"`},
	}
	for year := 2004; year <= 2026; year++ {
		a.Years = append(a.Years, checkpoint.Year{Year: year, Messages: 100 * (year - 2003), Bytes: int64(90<<20) * int64(1+(year-2004)*(year-2004)/9)})
	}
	a.Years = append([]checkpoint.Year{{Year: 0, Messages: 12, Bytes: 70_000}}, a.Years...)
	note := &runNote{Over: true, Started: began, End: &runEnd{
		Exit: exitRefused, Seconds: 543, Tally: tallyNote{Copied: 48225, Bytes: 6 << 30, Refused: 3},
		Notes: []string{`"Entwürfe für Søren" goes to "Drafts": it is the drafts folder`, `keyword "work/urgent" became "work_urgent": the destination cannot hold it as it is`, "in 14 messages of 2 folders line ends were made CRLF, as mail has them"},
	}}
	note.Flow = flowNote{Started: began, Step: 8}
	for i := range 68 {
		note.Flow.Bytes = append(note.Flow.Bytes, int64(8*(12<<20)*(0.75+0.2*math.Sin(float64(i)/5)+0.05*math.Sin(float64(i*i)))))
	}
	note.Earlier = []pastRun{{began.Add(-2 * time.Hour), 61, 3120, 400 << 20, exitInterrupted}}
	a.Note = note
	a.Sum, a.Open = total(a.Status)
	for _, f := range a.Folders {
		a.Sum.Skipped += f.Last.Skipped
	}
	a.Proof = proof{"9f2b6c0d4be1b7a85b0f4c1d5a9e3f7712c8aa0e6d1b43f59027c4e1d8a6b35f", 59776}
	a.Next = []nextStep{
		{"List each refused message, with the server's words", "mailhaul report --refused imaps://anna@imap.old.example imaps://anna@imap.new.example"},
		{"Save the refused messages as files", "mailhaul report --export refused-mail imaps://anna@imap.old.example imaps://anna@imap.new.example"},
		{"Compare both sides, message by message", "mailhaul verify imaps://anna@imap.old.example imaps://anna@imap.new.example"},
	}
	return a
}
