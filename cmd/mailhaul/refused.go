package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// refusedLine is one refused message on standard output. The last three are
// told after an export.
type refusedLine struct {
	Event   string `json:"event"`
	Source  string `json:"source"`
	From    string `json:"from"`
	Folder  string `json:"folder,omitempty"`
	ID      string `json:"id"`
	Date    string `json:"date,omitempty"`
	Subject string `json:"subject,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`
	Message string `json:"message_id,omitempty"`
	Text    string `json:"text"`
	File    string `json:"file,omitempty"`
	Gone    bool   `json:"gone,omitempty"`
	Error   string `json:"error,omitempty"`
}

func refusedLineOf(r checkpoint.Refused) refusedLine {
	line := refusedLine{
		Event: "refused", Source: r.Source, From: r.From, Folder: r.To, ID: r.ID, Subject: strings.TrimSpace(decodeHeader(r.Subject)),
		Bytes: r.Size, Message: r.MessageID, Text: r.Words,
	}
	if !r.Date.IsZero() {
		line.Date = stamp(r.Date)
	}
	return line
}

// listRefused is the list for people, room columns wide, 0 for as wide as it is.
// Messages stand below their folder, and the server's words below those that it
// refused with them.
func listRefused(w io.Writer, refused []checkpoint.Refused, several bool, room int) {
	fmt.Fprintf(w, "%s refused.\n", wereOrWas(len(refused)))
	for _, folder := range refusedFolders(refused) {
		name := Safe(folder[0].From)
		if to := folder[0].To; to != "" && to != folder[0].From {
			name += " -> " + Safe(folder[0].To)
		}
		if several {
			name = Safe(folder[0].Source) + ": " + name
		}
		fmt.Fprintf(w, "\n%s: %s\n", name, messages(len(folder)))
		rows := refusedRows(folder, room)
		for i, r := range folder {
			fmt.Fprintf(w, "  %s\n", rows[i])
			if i == len(folder)-1 || sameWords(folder[i+1].Words) != sameWords(r.Words) {
				fmt.Fprintf(w, "      %s\n", Safe(r.Words))
			}
		}
	}
}

// refusedFolders are the messages of each folder. In a folder those refused in
// the same words stand together, else by date.
func refusedFolders(refused []checkpoint.Refused) (folders [][]checkpoint.Refused) {
	for _, folder := range groupBy(refused, whoseFolder) {
		var sorted []checkpoint.Refused
		for _, alike := range groupBy(folder, func(r checkpoint.Refused) string { return sameWords(r.Words) }) {
			sorted = append(sorted, alike...)
		}
		folders = append(folders, sorted)
	}
	return folders
}

// whoseFolder names a source folder.
func whoseFolder(r checkpoint.Refused) string { return r.Source + "\x00" + r.Key }

// sameWords is equal for words that tell the same: Dovecot ends its answers in
// the time that they took, "(0.001 + 0.000 secs).".
func sameWords(words string) string { return timeTaken().ReplaceAllString(words, "") }

var timeTaken = pattern(` \([0-9.]+( \+ [0-9.]+)* secs\)`)

// groupBy puts together what has the same name, in the order of the first of each.
func groupBy[T any](all []T, name func(T) string) (groups [][]T) {
	at := map[string]int{}
	for _, one := range all {
		i, known := at[name(one)]
		if !known {
			i = len(groups)
			at[name(one)], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], one)
	}
	return groups
}

// refusedRows are date, size, subject and Message-ID of each, aligned.
func refusedRows(refused []checkpoint.Refused, room int) []string {
	const indent, gaps, date, size, below = 2, 6, len("2006-01-02 15:04"), len("1023 KiB"), 7
	subjects, ids, widest := make([]string, len(refused)), make([]string, len(refused)), 0
	for i, r := range refused {
		subjects[i], ids[i] = subjectOf(r), Safe(r.MessageID)
		if narrow := room > 0 && room < indent+gaps+date+size+20; narrow {
			subjects[i], ids[i] = clip(subjects[i], max(room-below, 1)), clip(ids[i], max(room-below, 1))
		} else if room > 0 {
			rest := room - indent - gaps - date - size
			subjects[i] = clip(subjects[i], max(rest-cells(ids[i]), rest*3/5))
			ids[i] = clip(ids[i], max(rest-cells(subjects[i]), 0))
		}
		widest = max(widest, cells(subjects[i]))
	}
	rows := make([]string, len(refused))
	for i, r := range refused {
		when, much := "", "?"
		if !r.Date.IsZero() {
			when = r.Date.Format("2006-01-02 15:04")
		}
		if r.Size > 0 {
			much = formatSize(r.Size)
		}
		if room > 0 && room < indent+gaps+date+size+20 {
			rows[i] = fmt.Sprintf("%-*s  %*s", date, when, size, much)
			for _, text := range []string{subjects[i], ids[i]} {
				if text != "" {
					rows[i] += "\n" + strings.Repeat(" ", below-1) + text
				}
			}
			continue
		}
		if room > 0 {
			ids[i] = clip(ids[i], max(room-indent-gaps-date-size-widest, 0))
		}
		rows[i] = strings.TrimRight(fmt.Sprintf("%-*s  %*s  %s%s  %s", date, when, size, much,
			subjects[i], strings.Repeat(" ", widest-cells(subjects[i])), ids[i]), " ")
	}
	return rows
}

// subjectOf is a message's subject for people. Of what the source would not give
// nobody knows it.
func subjectOf(r checkpoint.Refused) string {
	switch {
	case r.Subject != "":
		return Safe(strings.TrimSpace(decodeHeader(r.Subject)))
	case r.MessageID != "":
		return "(no subject)"
	}
	return "(subject not known)"
}
