package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Setup is what was asked for. It stands in the output.
type Setup struct {
	Messages   int             `json:"messages"`
	Folders    int             `json:"folders"`
	Seed       int64           `json:"seed"`
	Runs       int             `json:"runs"`
	RoundTrips []int           `json:"round_trips_ms"`
	Source     string          `json:"source"` // imap or pop3
	Format     mailtest.Format `json:"format"` // how both servers store mail
	TLS        bool            `json:"tls"`
	Fsync      bool            `json:"fsync"` // the destination's
	Without    []string        `json:"without,omitempty"`
	Args       []string        `json:"args,omitempty"` // for mailhaul
}

// options are what does not change the figures.
type options struct {
	program string // a ready one, "" builds it
	against string
	slower  float64
}

// parse reads the command line.
func parse(args []string, talk io.Writer) (s Setup, o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(talk)
	f.Usage = func() {
		fmt.Fprintln(talk, "usage: bench [flags] [-- further flags of mailhaul copy]")
		f.PrintDefaults()
	}
	f.IntVar(&s.Messages, "messages", 1000, "how many")
	f.IntVar(&s.Folders, "folders", 12, "how many; out of POP3 always one")
	f.Int64Var(&s.Seed, "seed", 1, "the same seed makes the same mail")
	f.IntVar(&s.Runs, "runs", 3, "for each round trip time, the medians of which count")
	roundTrips := f.String("rtt", "0,40,100", "round trip times in `ms`, of each side; 0 is a direct connection")
	f.StringVar(&s.Source, "source", "imap", "the source's protocol, imap or pop3")
	f.StringVar((*string)(&s.Format), "format", string(mailtest.Sdbox), "how the servers store mail, sdbox or maildir")
	f.BoolVar(&s.TLS, "tls", false, "TLS on both sides")
	f.BoolVar(&s.Fsync, "fsync", true, "the destination syncs what it stores")
	without := f.String("without", "", "`capabilities` that the servers do not have, as LITERAL+,MULTIAPPEND")
	f.StringVar(&o.program, "program", "", "the `file` of a mailhaul to measure instead of this one")
	f.StringVar(&o.against, "against", "", "an older output, a `file`, to compare with")
	f.Float64Var(&o.slower, "slower", 1.2, "the `factor` up to which a figure may have grown")
	if err := f.Parse(args); err == flag.ErrHelp {
		return s, o, err
	} else if err != nil {
		return s, o, fmt.Errorf("%w: %w", errUsage, err)
	}
	s.Args = f.Args()
	if *without != "" {
		s.Without = strings.Split(strings.ToUpper(*without), ",")
	}
	if s.Source == "pop3" {
		s.Folders = 1
	}
	if s.RoundTrips, err = milliseconds(*roundTrips); err == nil {
		err = cmp.Or(s.wrong(), o.wrong())
	}
	return s, o, err
}

// milliseconds reads a list of round trip times.
func milliseconds(list string) (times []int, err error) {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || slices.Contains(times, n) {
			return nil, fmt.Errorf("%w: -rtt wants a list of milliseconds, each once: got %q", errUsage, list)
		}
		times = append(times, n)
	}
	return times, nil
}

// wrong tells what cannot be.
func (s Setup) wrong() error {
	switch {
	case s.Messages < 1 || s.Runs < 1 || s.Folders < 1:
		return fmt.Errorf("%w: -messages, -folders and -runs are 1 or more", errUsage)
	case s.Source != "imap" && s.Source != "pop3":
		return fmt.Errorf("%w: -source is imap or pop3: got %q", errUsage, s.Source)
	case s.Format != mailtest.Sdbox && s.Format != mailtest.Maildir:
		return fmt.Errorf("%w: -format is sdbox or maildir: got %q", errUsage, s.Format)
	case s.Runs*len(s.RoundTrips) > mostRuns:
		return fmt.Errorf("%w: at most %d runs over all round trip times, each has a user of its own", errUsage, mostRuns)
	}
	return nil
}

// mostRuns is bounded by the users that a server has.
const mostRuns = 900

func (o options) wrong() error {
	if o.slower < 1 {
		return fmt.Errorf("%w: -slower is a factor of 1 or more", errUsage)
	}
	return nil
}

// like reports whether figures of the other setup can be held against those of this.
func (s Setup) like(other Setup) bool {
	return s.Messages == other.Messages && s.Folders == other.Folders && s.Seed == other.Seed && s.Source == other.Source
}
