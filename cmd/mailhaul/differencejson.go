package main

import (
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// differenceLine is one difference on standard output.
type differenceLine struct {
	Event   string   `json:"event"`
	Kind    string   `json:"kind"`
	Cause   string   `json:"cause,omitempty"`
	Source  string   `json:"source,omitempty"`
	From    string   `json:"from,omitempty"`
	Folder  string   `json:"folder"`
	There   string   `json:"there,omitempty"`
	ID      string   `json:"id,omitempty"`
	UID     uint32   `json:"uid,omitempty"`
	Date    string   `json:"date,omitempty"`
	Bytes   int64    `json:"bytes"`
	Subject string   `json:"subject,omitempty"`
	Message string   `json:"message_id,omitempty"`
	Differs []string `json:"differs,omitempty"`
	Date2   string   `json:"date_there,omitempty"`
	Bytes2  int64    `json:"bytes_there,omitempty"`
	Lacks   []string `json:"lacks_flags,omitempty"`
	Extra   []string `json:"extra_flags,omitempty"`
	Twin    bool     `json:"twin,omitempty"`
	Text    string   `json:"text,omitempty"`
}

func differenceLineOf(d transfer.Difference) differenceLine {
	line := differenceLine{
		Event: "difference", Kind: string(d.Kind), Cause: string(d.Cause), Source: d.Source, From: d.From, Folder: d.To,
		There: d.There, ID: d.ID, UID: d.UID, Bytes: d.Size, Subject: strings.TrimSpace(decodeHeader(d.Subject)), Message: d.MessageID,
		Bytes2: d.SizeThere, Lacks: flagNames(d.Lacks), Extra: flagNames(d.Extra), Twin: d.Twin, Text: d.Words,
	}
	if !d.Date.IsZero() {
		line.Date = stamp(d.Date)
	}
	if d.Bytes {
		line.Differs = append(line.Differs, "bytes")
	}
	if !d.DateThere.IsZero() {
		line.Differs, line.Date2 = append(line.Differs, "date"), stamp(d.DateThere)
	}
	if len(d.Lacks)+len(d.Extra) > 0 {
		line.Differs = append(line.Differs, "flags")
	}
	return line
}

func flagNames(flags []transfer.Flag) (names []string) {
	for _, f := range flags {
		names = append(names, string(f))
	}
	return names
}

// verifySummary is the last line.
type verifySummary struct {
	Event     string         `json:"event"`
	Messages  int            `json:"messages"`
	Equal     int            `json:"equal"`
	Missing   int            `json:"missing"`
	Altered   int            `json:"altered"`
	Misplaced int            `json:"misplaced"`
	Unread    int            `json:"unread"`
	Merged    int            `json:"merged"`
	Skipped   int            `json:"skipped"`
	There     int            `json:"there"`
	Surplus   int            `json:"surplus"`
	Folders   int            `json:"folders"`
	NoFolder  int            `json:"missing_folders"`
	Digested  int            `json:"digested"`
	Bytes     int64          `json:"bytes"`
	Causes    map[string]int `json:"causes,omitempty"`
	Seconds   float64        `json:"seconds"`
	Exit      int            `json:"exit"`
}

func verifySummaryOf(sum transfer.Differences, code int) verifySummary {
	line := verifySummary{
		Event: "summary", Messages: sum.Messages, Equal: sum.Equal, Missing: sum.Missing, Altered: sum.Altered,
		Misplaced: sum.Misplaced, Unread: sum.Unread, Merged: sum.Merged, Skipped: sum.Skipped, There: sum.There,
		Surplus: sum.Surplus, Folders: sum.Folders, NoFolder: sum.NoFolder, Digested: sum.Digested, Bytes: sum.Read,
		Seconds: float64(sum.Took.Milliseconds()) / 1000, Exit: code, Causes: map[string]int{},
	}
	for cause, n := range sum.Causes {
		if cause != "" {
			line.Causes[string(cause)] = n
		}
	}
	return line
}
