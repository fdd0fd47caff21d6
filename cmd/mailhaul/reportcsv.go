package main

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// cellSafe is a foreign text as a cell of a table: without control characters, and
// no formula for a spreadsheet, whatever it begins with. An apostrophe before it
// makes it text there.
func cellSafe(text string) string {
	if text = Safe(text); startsFormula(text) {
		return "'" + text
	}
	return text
}

// startsFormula reports whether a spreadsheet could take the text for a formula:
// blanks before it do not matter, and neither does the width of the character.
func startsFormula(text string) bool {
	text = strings.TrimLeft(text, " \u00a0\u2003\u3000")
	for _, sign := range []string{"=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(text, sign) {
			return true
		}
	}
	return false
}

// table writes rows of CSV, RFC 4180.
type table struct{ w *csv.Writer }

func newTable(w io.Writer) *table {
	t := &table{csv.NewWriter(w)}
	t.w.UseCRLF = true
	return t
}

func (t *table) row(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		switch cell := cell.(type) {
		case string:
			row[i] = cellSafe(cell)
		case int:
			row[i] = strconv.Itoa(cell)
		case int64:
			row[i] = strconv.FormatInt(cell, 10)
		case time.Time:
			if !cell.IsZero() {
				row[i] = cell.Format(time.RFC3339)
			}
		}
	}
	_ = t.w.Write(row) // shows again in Flush, and the sink remembers
}

// folderTable is the folders as a table for spreadsheets.
func (a *jobReport) folderTable(w io.Writer) error {
	t := newTable(w)
	t.row("source", "folder", "went to", "copied", "adopted", "merged", "refused", "vanished", "skipped", "open", "doubtful", "bytes", "last whole pass")
	for _, f := range a.Folders {
		r := f.Recorded
		t.row(f.Source, f.From, f.To, r.Copied, r.Adopted, r.Merged, r.Refused, r.Vanished, f.Last.Skipped, f.Open, f.Doubtful, r.Bytes, f.Finished.UTC())
	}
	t.w.Flush()
	return t.w.Error()
}

// refusedTable is the refused messages as one.
func refusedTable(w io.Writer, refused []checkpoint.Refused) error {
	t := newTable(w)
	t.row("source", "folder", "went to", "id", "date", "bytes", "subject", "message-id", "the server's words")
	for _, r := range refused {
		t.row(r.Source, r.From, r.To, r.ID, r.Date, r.Size, strings.TrimSpace(decodeHeader(r.Subject)), r.MessageID, r.Words)
	}
	t.w.Flush()
	return t.w.Error()
}
