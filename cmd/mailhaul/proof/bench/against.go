package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// gauge is a figure that must not grow.
type gauge struct {
	name  string
	of    func(Figures) float64
	least float64 // what it may differ by between two runs of the same program
}

// gauges are all of them. A median of three runs of a few hundredths of a second
// moves by a tenth of it for no reason, and so on: less than the least is noise.
func gauges() []gauge {
	return []gauge{
		{"seconds", func(f Figures) float64 { return f.Seconds }, 0.03},
		{"CPU seconds", func(f Figures) float64 { return f.CPU }, 0.03},
		{"peak MiB", func(f Figures) float64 { return f.Peak }, 4},
		{"turnarounds", func(f Figures) float64 { return f.Turnarounds }, 2},
	}
}

// read gets an older report, which must be one of the same mail.
func read(file string, s Setup) (*Report, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: -against: %w", errUsage, err)
	}
	var old Report
	if err := json.Unmarshal(data, &old); err != nil {
		return nil, fmt.Errorf("%w: -against %s: %w", errUsage, file, err)
	}
	if !s.like(old.Setup) {
		return nil, fmt.Errorf("%w: -against %s: it is of other mail: -messages %d -folders %d -seed %d -source %s",
			errUsage, file, old.Setup.Messages, old.Setup.Folders, old.Setup.Seed, old.Setup.Source)
	}
	if !slices.ContainsFunc(old.Results, func(r Result) bool { return slices.Contains(s.RoundTrips, r.RoundTrip) }) {
		return nil, fmt.Errorf("%w: -against %s: it has none of the round trip times %v", errUsage, file, s.RoundTrips)
	}
	return &old, nil
}

// compare prints what each figure is to the older one, and fails if one of them has
// grown beyond the factor.
func compare(old, now Report, slower float64, talk io.Writer) error {
	if old.Machine != now.Machine {
		fmt.Fprintf(talk, "the older figures are of another machine: %+v\n", old.Machine)
	}
	c := comparison{slower: slower, table: tabwriter.NewWriter(talk, 0, 0, 2, ' ', 0)}
	for _, r := range now.Results {
		at := slices.IndexFunc(old.Results, func(o Result) bool { return o.RoundTrip == r.RoundTrip })
		if at < 0 {
			continue
		}
		c.hold(fmt.Sprintf("%d ms, first", r.RoundTrip), old.Results[at].First, r.First)
		c.hold(fmt.Sprintf("%d ms, again", r.RoundTrip), old.Results[at].Again, r.Again)
	}
	if err := c.table.Flush(); err != nil {
		return err
	}
	if len(c.grown) > 0 {
		return fmt.Errorf("%w: beyond %g x: %s", errSlower, slower, strings.Join(c.grown, "; "))
	}
	return nil
}

// comparison is one call of compare.
type comparison struct {
	slower float64
	table  *tabwriter.Writer
	grown  []string
}

// hold holds the figures of one kind of run against the older ones.
func (c *comparison) hold(name string, old, now Figures) {
	for _, g := range gauges() {
		was, is := g.of(old), g.of(now)
		if was == 0 {
			continue // not measured
		}
		verdict := ""
		if is > was*c.slower && is-was > g.least {
			verdict = "slower"
			c.grown = append(c.grown, name+", "+g.name)
		}
		fmt.Fprintf(c.table, "%s\t%s\t%g\twas %g\t%.2f x\t%s\n", name, g.name, is, was, is/was, verdict)
	}
}
