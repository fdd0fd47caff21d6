package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// longest is how long one run of mailhaul may take.
const longest = time.Hour

// measure does all the runs. Round trip times take turns, so that what changes on
// the machine meanwhile touches all of them.
func measure(ctx context.Context, s Setup, o options, talk io.Writer) (report Report, err error) {
	report.Setup = s
	if report.Machine, err = machine(); err != nil {
		return report, err
	}
	r, err := newRig(ctx, s, o)
	defer func() { err = errors.Join(err, r.close()) }()
	if err != nil {
		return report, err
	}
	report.Mail = r.mail
	fmt.Fprintf(talk, "%d messages, %.1f MB in %d folders\n", r.mail.Messages, float64(r.mail.Bytes)/1e6, r.mail.Folders)
	for _, ms := range s.RoundTrips {
		report.Results = append(report.Results, Result{RoundTrip: ms})
	}
	for n := range s.Runs {
		for i := range report.Results {
			result := &report.Results[i]
			one, err := r.pair(ctx, result.RoundTrip)
			if err != nil {
				return report, fmt.Errorf("%d ms, run %d: %w", result.RoundTrip, n+1, err)
			}
			fmt.Fprintf(talk, "%d ms, run %d of %d: %.3f s, again %.3f s\n", result.RoundTrip, n+1, s.Runs, one.First.Seconds, one.Again.Seconds)
			result.Runs = append(result.Runs, one)
		}
	}
	for i := range report.Results {
		report.Results[i].Run = medians(report.Results[i].Runs)
	}
	return report, nil
}

// pair copies to a fresh user, and again, and checks what has arrived.
func (r *rig) pair(ctx context.Context, ms int) (one Run, err error) {
	user := r.dest.NewUser()
	r.homes++
	home := filepath.Join(r.dir, fmt.Sprintf("home%d", r.homes))
	if err := os.Mkdir(home, 0o700); err != nil {
		return one, err
	}
	first, seen, err := r.copy(ctx, ms, home, user)
	if err != nil {
		return one, err
	}
	if seen.Copied != r.mail.Messages || seen.Messages != r.mail.Messages {
		return one, fmt.Errorf("got %d of %d messages copied, want all %d", seen.Copied, seen.Messages, r.mail.Messages)
	}
	again, seen, err := r.copy(ctx, ms, home, user)
	if err != nil {
		return one, fmt.Errorf("nothing new: %w", err)
	}
	if seen.Copied != 0 || seen.Messages != r.mail.Messages {
		return one, fmt.Errorf("nothing new: got %d of %d messages copied, want 0 of %d", seen.Copied, seen.Messages, r.mail.Messages)
	}
	return Run{first, again}, r.check(user)
}

// summary is what mailhaul itself says in the end.
type summary struct {
	Event    string `json:"event"`
	Messages int    `json:"messages"`
	Copied   int    `json:"copied"`
}

// copy runs mailhaul once.
func (r *rig) copy(ctx context.Context, ms int, home, user string) (f Figures, seen summary, err error) {
	source, dest := r.sourceAddr(), r.destAddr()
	lines, far := r.lines[ms]
	before := [2]int{}
	if far {
		source, dest = lines[0].Addr, lines[1].Addr
		for i, line := range lines {
			before[i] = len(line.Traffic())
		}
	}
	args := append([]string{"copy", "--json", "--no-input"}, r.setup.Args...)
	command := proof.Command{Home: home, Limit: longest, Args: append(args, r.endpoint(r.setup.Source, r.owner, source), r.endpoint("imap", user, dest))}
	if r.setup.TLS {
		command.Env = []string{"MAILHAUL_CA_FILE=" + r.source.CAFile}
	}
	end, err := command.Measure(ctx, r.program)
	if err != nil {
		return f, seen, err
	}
	if seen, err = told(end.Stdout); err != nil || end.Exit != 0 {
		return f, seen, fmt.Errorf("mailhaul ended with exit %d: %s", end.Exit, strings.TrimSpace(end.Stderr))
	}
	bytes := int64(0)
	if seen.Copied > 0 {
		bytes = r.mail.Bytes
	}
	f = figures(end, seen.Messages, bytes)
	if far {
		f.SourceTurnarounds = f.ride(lines[0].Traffic()[before[0]:])
		f.DestTurnarounds = f.ride(lines[1].Traffic()[before[1]:])
		f.Turnarounds = f.SourceTurnarounds + f.DestTurnarounds
	}
	return f, seen, nil
}

// ride adds one side's connections and gives its turnarounds.
func (f *Figures) ride(connections []mailtest.Traffic) (turnarounds float64) {
	f.Connections += float64(len(connections))
	for _, c := range connections {
		turnarounds += float64(c.Waits)
	}
	return turnarounds
}

func (r *rig) endpoint(protocol, user, addr string) string {
	if r.setup.TLS {
		return protocol + "s://" + user + "@" + addr
	}
	return protocol + "://" + user + "@" + addr + "?tls=none"
}

// told finds the last line of what mailhaul printed.
func told(stdout string) (s summary, err error) {
	text := strings.TrimSpace(stdout)
	last := text[strings.LastIndexByte(text, '\n')+1:]
	if err := json.Unmarshal([]byte(last), &s); err != nil || s.Event != "summary" {
		return s, fmt.Errorf("no summary in the last line %q", last)
	}
	return s, nil
}

// check reads the destination and holds it against the source.
func (r *rig) check(user string) error {
	got, err := mailtest.Look(r.dest.IMAP, user)
	if err != nil {
		return fmt.Errorf("read the destination: %w", err)
	}
	o := mailtest.CompareOptions{IgnoreEmpty: true, IgnoreOrder: true} // without LITERAL+ several connections share a folder
	if r.setup.Source == "pop3" {
		o.Closed, o.IgnoreDates, o.IgnoreFlags = true, true, true
	}
	if diffs := mailtest.Compare(r.given, got, o); len(diffs) > 0 {
		return fmt.Errorf("the copy is wrong:\n%s", strings.Join(diffs, "\n"))
	}
	return nil
}
