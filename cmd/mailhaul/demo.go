package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailhaul/mailhaul/examples"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// demoOptions are what "mailhaul demo" was called with.
type demoOptions struct{ world *world }

func newDemo(w *world) *cobra.Command {
	o := &demoOptions{world: w}
	return &cobra.Command{
		Use: "demo", Short: "See it work in ten seconds, without any account", GroupID: "move", Args: noArgs,
		Long: `Start an IMAP server on this machine, copy sample mail into it, interrupt the
copy in the middle, resume it, and prove that every message has arrived once,
byte for byte. Nothing of yours is read or changed; all is gone afterwards.`,
		RunE: func(cmd *cobra.Command, args []string) error { return runDemo(cmd.Context(), o) },
	}
}

// errCut is why the demo interrupts itself.
var errCut = errors.New("the demo interrupts itself")

// runDemo tells a story in five acts; it ends well only when the proof holds.
func runDemo(ctx context.Context, o *demoOptions) (err error) {
	d := &demo{out: o.world.out, want: examples.All()}
	if d.dir, err = os.MkdirTemp("", "mailhaul-demo-"); err != nil {
		return fmt.Errorf("making a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
	if err := os.CopyFS(filepath.Join(d.dir, "mail"), examples.Mail()); err != nil {
		return fmt.Errorf("laying out the sample mail: %w", err)
	}
	if d.server, err = startServer(); err != nil {
		return err
	}
	defer d.server.close()
	d.introduce()
	for _, act := range []func(context.Context) error{d.interrupt, d.resume, d.again, d.prove} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	d.whereToGo()
	return nil
}

// demo is one showing.
type demo struct {
	out    interface{ Write([]byte) (int, error) }
	dir    string // temporary: sample mail and checkpoint
	server *memoryServer
	want   []examples.Expected
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demo) introduce() {
	folders := map[string]bool{}
	for _, m := range d.want {
		folders[m.Folder] = true
	}
	d.say("An mbox file and a Maildir with %s in %s,", messages(len(d.want)), counted(len(folders), "folder"))
	d.say("an empty IMAP server on this machine (%s). No account is needed.\n", d.server.address())
	d.say("$ mailhaul copy mbox:mail/archive.mbox maildir:mail/Maildir %s", d.haul().dest.Endpoint)
}

// interrupt copies until half of the mail has arrived, and then stops as
// Ctrl-C does.
func (d *demo) interrupt(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	copied := 0
	report, err := d.run(ctx, func(e transfer.Event) {
		if e.Kind == transfer.EventMessages && e.Fate == transfer.Copied {
			copied += e.Count
		}
		if copied >= len(d.want)/2 {
			cancel(errCut)
		}
	})
	switch {
	case err == nil:
		return fmt.Errorf("the copy was too quick to be interrupted: %d of %d messages", report.Tally.Copied, len(d.want))
	case !errors.Is(err, errCut):
		return fmt.Errorf("first run: %w", err)
	}
	d.say("  copied %s of %d ...", messages(report.Tally.Copied), len(d.want))
	d.say("^C  interrupted, checkpoint saved\n")
	return nil
}

// resume is the same command again.
func (d *demo) resume(ctx context.Context) error {
	d.say("The same command again:")
	report, err := d.run(ctx, func(transfer.Event) {})
	if err != nil {
		return fmt.Errorf("second run: %w", err)
	}
	t := report.Tally
	d.say("  %s present, %d copied now, %s\n", messages(t.Present+t.Adopted), t.Copied, formatSize(t.Bytes))
	return nil
}

// again shows that there is nothing left to do.
func (d *demo) again(ctx context.Context) error {
	d.say("And once more, to carry what is new:")
	report, err := d.run(ctx, func(transfer.Event) {})
	if err != nil {
		return fmt.Errorf("third run: %w", err)
	}
	d.say("  %s looked at, %d copied, in %s\n", messages(report.Tally.Messages), report.Tally.Copied, formatDuration(report.Took))
	if report.Tally.Copied != 0 {
		return fmt.Errorf("the third run copied %d messages, want none", report.Tally.Copied)
	}
	return nil
}

// prove reads back with another client what the server has, and compares.
func (d *demo) prove(ctx context.Context) error {
	d.say("Read back with another IMAP client and compared by SHA-256, flags and folder:")
	got, err := readBack(d.server.address(), demoUser, demoPassword)
	if err != nil {
		return fmt.Errorf("reading back: %w", err)
	}
	differences := compare(d.want, got)
	for _, text := range differences {
		d.say("  ! %s", Safe(text))
	}
	if len(differences) > 0 {
		return fmt.Errorf("the demo's proof does not hold: %s", counted(len(differences), "difference"))
	}
	d.showFolders(got)
	d.say("  %d sent off, %d arrived: each exactly once, byte for byte.\n", len(d.want), len(got))
	return ctx.Err()
}

func (d *demo) showFolders(got []examples.Expected) {
	count := map[string]int{}
	var order []string
	for _, m := range got {
		if count[m.Folder] == 0 {
			order = append(order, m.Folder)
		}
		count[m.Folder]++
	}
	for _, folder := range order {
		d.say("  = %-20s %s", folder, messages(count[folder]))
	}
}

func (d *demo) whereToGo() {
	d.say("Now with your own mail; the source is only read:")
	d.say("  mailhaul plan pop3s://you@pop.old.example imaps://you@imap.new.example    look first")
	d.say("  mailhaul copy pop3s://you@pop.old.example imaps://you@imap.new.example    then copy")
	d.say("  mailhaul copy --help                                                     all the ways")
}

// haul is the demo's job.
func (d *demo) haul() *haul {
	h := &haul{
		state: filepath.Join(d.dir, "state"), noInput: true,
		pace: pace{connections: 1, tries: 3}, show: show{quiet: true},
	}
	for _, e := range []dial.Endpoint{
		{Scheme: "mbox", Path: filepath.Join(d.dir, "mail", "archive.mbox")},
		{Scheme: "maildir", Path: filepath.Join(d.dir, "mail", "Maildir")},
	} {
		h.sources = append(h.sources, side{Access: dial.Access{Endpoint: e}})
	}
	h.dest.Access = d.server.access()
	return h
}

// run is one run through the real flow.
func (d *demo) run(ctx context.Context, look func(transfer.Event)) (transfer.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return d.haul().carryOn(ctx, look, func(string) {})
}
