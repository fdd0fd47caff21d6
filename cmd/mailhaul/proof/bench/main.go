// Command bench measures how fast mailhaul copies, so that a regression shows:
//
//	go run ./cmd/mailhaul/proof/bench > new.json
//	go run ./cmd/mailhaul/proof/bench -against old.json > new.json
//	go run ./cmd/mailhaul/proof/bench -format maildir -tls -rtt 0,40 -- --connections 4
//
// It takes these steps:
//
//  1. It builds the real program, unless -program names one (of another revision,
//     say), and starts two private Dovecots ([mailtest.OpenDovecot]).
//  2. It fills an account of the source with mail made from the seed
//     ([mailtest.Mailbox]): half of the messages below 4 KB, one in 250 of 1 to 20 MB.
//  3. For each run and each round trip time it copies that account to a user of the
//     destination that nobody has used yet, and then once more, when nothing is
//     new. Round trips of 0 ms are a direct connection; all others go through a
//     proxy for each side that delays every byte, and the three steps of connecting,
//     but has no limit of bandwidth and loses nothing: a real line is worse.
//  4. After each pair it reads both accounts, not with mailhaul's code, and wants the
//     same messages, byte for byte, in each folder. One that is not is an error, and
//     no figures are printed.
//
// Nothing is deleted before the end: removing mail makes the runs after it slower on
// some file systems. The servers, the proxies and mailhaul share the machine, which
// must have nothing else to do. The first run warms caches: medians need at least
// three.
//
// On standard output stands one JSON object (see [Report]): the machine, what was
// asked for, the mail, and for each round trip time the medians (each figure on its
// own) and all runs. See [Figures] for what is measured. Standard error tells how
// far it is.
//
// With -against, the medians are held against those of an older output. A figure is
// slower when it grew by more than the factor -slower and by more than what differs
// between two runs of the same program ([gauges]). The outcome:
//
//	exit 0   all is well
//	exit 1   a copy is wrong, or something else failed
//	exit 2   wrong usage
//	exit 3   slower than -against allows
//
// -source pop3 copies out of a POP3 mailbox, one folder, in which case dates and
// flags are not there to copy. -without hides capabilities from both sides, as
// LITERAL+,MULTIAPPEND.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// The exits other than 0.
const (
	exitWrong  = 1
	exitUsage  = 2
	exitSlower = 3
)

var (
	errUsage  = errors.New("wrong usage")
	errSlower = errors.New("slower than before")
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(exit(err, os.Stderr))
}

// exit says what went wrong and gives the code for it.
func exit(err error, talk io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(talk, "bench:", err)
	switch {
	case errors.Is(err, errUsage):
		return exitUsage
	case errors.Is(err, errSlower):
		return exitSlower
	}
	return exitWrong
}

// run measures as the arguments say and prints the outcome.
func run(ctx context.Context, args []string, out, talk io.Writer) error {
	setup, o, err := parse(args, talk)
	if err != nil {
		return err
	}
	var old *Report
	if o.against != "" { // before the long part
		if old, err = read(o.against, setup); err != nil {
			return err
		}
	}
	report, err := measure(ctx, setup, o, talk)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	lines.SetIndent("", "  ")
	if err := lines.Encode(report); err != nil {
		return fmt.Errorf("print the figures: %w", err)
	}
	if old == nil {
		return nil
	}
	return compare(*old, report, o.slower, talk)
}
