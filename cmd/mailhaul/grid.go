package main

import (
	"io"
	"strings"
)

// grid is a table for people: safe texts in columns, as wide as their widest.
// Characters that take two columns of a terminal are counted as two.
type grid struct {
	right []bool // columns of numbers
	rows  [][]string
}

func (g *grid) row(texts ...string) { g.rows = append(g.rows, texts) }

// widths are those of the columns.
func (g *grid) widths() (widths []int) {
	for _, row := range g.rows {
		for i, text := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], cells(text))
		}
	}
	return widths
}

// gridNames is how wide two columns of names are at least, together.
const gridNames = 24

// squeeze makes the first two columns, of names, as narrow as room columns in all
// ask for: the narrower one keeps its width as far as half the room goes.
func (g *grid) squeeze(room int) {
	widths := g.widths()
	for _, n := range widths[2:] {
		room -= n + 2
	}
	room = max(room-4, gridNames)
	from, to := widths[0], widths[1]
	switch {
	case from+to <= room:
		return
	case from <= room/2:
		to = room - from
	case to <= room/2:
		from = room - to
	default:
		from, to = room/2, room/2
	}
	for _, row := range g.rows {
		row[0], row[1] = squeeze(row[0], from), squeeze(row[1], to)
	}
}

// fit writes it into room columns of a terminal, 0 is any number: where names alone
// leave too little room, each row takes two lines.
func (g *grid) fit(w io.Writer, room int) {
	widths, rest := g.widths(), 4
	for _, n := range widths[2:] {
		rest += n + 2
	}
	if rest+min(widths[0]+widths[1], gridNames) <= room {
		g.squeeze(room)
	} else if room > 0 {
		g.stack(w, room)
		return
	}
	g.write(w)
}

// stack writes each row in lines of their own: the names, and below them what each
// column tells.
func (g *grid) stack(w io.Writer, room int) {
	for _, row := range g.rows[1:] {
		names := row[0]
		if row[1] != "" && row[1] != row[0] {
			names += " -> " + row[1]
		}
		io.WriteString(w, "  "+squeeze(names, max(room-3, 1))+"\n")
		var line strings.Builder
		for i, text := range row[2:] {
			if text = strings.TrimSpace(text); text == "" || text == "-" {
				continue
			}
			one := text
			if head := g.rows[0]; i+2 < len(head) { // the last column may have none
				one = strings.TrimSpace(head[i+2] + " " + text)
			}
			switch n := cells(line.String()); {
			case n == 0:
			case n+cells(one)+2 > room-5:
				io.WriteString(w, "    "+line.String()+",\n")
				line.Reset()
			default:
				line.WriteString(", ")
			}
			line.WriteString(one)
		}
		io.WriteString(w, "    "+line.String()+"\n")
	}
}

// write writes it, indented by two blanks, without blanks at the ends of lines.
func (g *grid) write(w io.Writer) {
	widths := g.widths()
	for _, row := range g.rows {
		var line strings.Builder
		for i, text := range row {
			pad := strings.Repeat(" ", widths[i]-cells(text))
			line.WriteString("  ")
			if i < len(g.right) && g.right[i] {
				line.WriteString(pad + text)
			} else {
				line.WriteString(text + pad)
			}
		}
		io.WriteString(w, strings.TrimRight(line.String(), " ")+"\n")
	}
}
