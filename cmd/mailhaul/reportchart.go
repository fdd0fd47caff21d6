package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// Charts are drawn in a box of 1000 by 100, which the page stretches; their labels
// are text of the page beside it.

// chartLabel is one at the foot, at so many hundredths of the width.
type chartLabel struct {
	At   string
	Text string
}

// curveChart is bytes a second over time.
type curveChart struct {
	Caption, Top, Half string
	Curve, Area        string // points
	Labels             []chartLabel
}

// curvePoints is how many points make a curve at least, to be worth looking at.
const curvePoints = 4

// flowChart draws what a run carried over time: without a curve if that is too
// little to draw, nil if it carried nothing.
func flowChart(f flowNote) *curveChart {
	n := len(f.Bytes)
	if f.words() == "" {
		return nil
	}
	if n < curvePoints {
		return &curveChart{Caption: f.words()}
	}
	most := slices.Max(f.Bytes)
	top := nice(float64(most) / f.Step)
	var points []string
	for i, b := range f.Bytes {
		x := 1000 * float64(i) / float64(n-1)
		points = append(points, fmt.Sprintf("%.1f,%.1f", x, 100-100*float64(b)/f.Step/top))
	}
	whole := f.took()
	c := &curveChart{
		Caption: f.words(),
		Top:     formatSize(int64(top)) + "/s", Half: formatSize(int64(top/2)) + "/s",
		Curve: strings.Join(points, " "),
	}
	c.Area = "0,100 " + c.Curve + " 1000,100"
	c.Labels = []chartLabel{{"0", "0s"}, {"50", formatDuration(whole / 2)}, {"100", formatDuration(whole)}}
	return c
}

// nice is the next larger of 1, 2, 5 times a power of 2 and 10 that reads well:
// the top of an axis.
func nice(v float64) float64 {
	unit := 1.0
	for unit*1024 <= v {
		unit *= 1024
	}
	for _, n := range []float64{1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1024} {
		if n*unit >= v {
			return n * unit
		}
	}
	return v
}

// barChart is bytes by year.
type barChart struct {
	Caption, Top, Half string
	Bars               []chartBar
	Labels             []chartLabel
	Undated            string
}

type chartBar struct{ X, Y, Width, Height, Tell string }

// manyYears is how many years stand side by side, those without mail too. Where
// mail is spread over more, dates are wrong, and only the years that have some stand.
const manyYears = 60

// yearChart draws how much mail is of which year; nil if there is none.
func yearChart(years []checkpoint.Year) *barChart {
	c := &barChart{}
	var dated []checkpoint.Year
	most, sum := int64(1), int64(0)
	for _, y := range years {
		if y.Year == 0 {
			c.Undated = messages(y.Messages) + " without a date, " + formatSize(y.Bytes) + ", not shown"
			continue
		}
		dated = append(dated, y)
		most, sum = max(most, y.Bytes), sum+y.Bytes
	}
	if len(dated) == 0 {
		return nil
	}
	c.Caption = fmt.Sprintf("%s from %d to %d", formatSize(sum), dated[0].Year, dated[len(dated)-1].Year)
	if len(dated) == 1 {
		c.Caption = fmt.Sprintf("all %s of %d", formatSize(sum), dated[0].Year)
	}
	dated = filledUp(dated)
	top := nice(float64(most))
	c.Top, c.Half = formatSize(int64(top)), formatSize(int64(top/2))
	each := 1000 / float64(len(dated))
	width := min(each*0.72, 60)
	every := (len(dated) + 11) / 12
	for i, y := range dated {
		middle := each * (float64(i) + 0.5)
		if y.Messages > 0 {
			height := max(100*float64(y.Bytes)/top, 0.6)
			c.Bars = append(c.Bars, chartBar{
				fmt.Sprintf("%.1f", middle-width/2), fmt.Sprintf("%.1f", 100-height), fmt.Sprintf("%.1f", width), fmt.Sprintf("%.1f", height),
				fmt.Sprintf("%d: %s, %s", y.Year, messages(y.Messages), formatSize(y.Bytes)),
			})
		}
		if i%every == 0 {
			c.Labels = append(c.Labels, chartLabel{fmt.Sprintf("%.1f", middle/10), yearName(y.Year)})
		}
	}
	return c
}

// filledUp puts the years without mail between the others.
func filledUp(years []checkpoint.Year) (all []checkpoint.Year) {
	if years[len(years)-1].Year-years[0].Year >= manyYears {
		return years
	}
	for _, y := range years {
		for len(all) > 0 && all[len(all)-1].Year+1 < y.Year {
			all = append(all, checkpoint.Year{Year: all[len(all)-1].Year + 1})
		}
		all = append(all, y)
	}
	return all
}

// yearName is a year, or a word for none.
func yearName(year int) string {
	if year == 0 {
		return "no date"
	}
	return fmt.Sprint(year)
}
