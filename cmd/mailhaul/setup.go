package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/internal/provider"
)

// How a move is set up:
//
//	old address -> server -> sign-in, tried -> where the password is kept
//	new address -> server -> sign-in, tried -> where the password is kept
//	name -> plan, shown -> config file, written

// setupOptions are what "mailhaul setup" was called with.
type setupOptions struct {
	world *world
	flags *pflag.FlagSet
	name  string // of the job, "" asks
	print bool
	plain bool
}

const setupLong = `Set up a move by questions: where the mail is, where it shall go, and how to sign
in. Servers are found by the addresses, the sign-in is tried, what would be copied
is shown, and a job is written into the config file. No mail is copied.

Without a terminal nothing is asked: the command ends with what to do instead.`

func newSetup(w *world) *cobra.Command {
	o := &setupOptions{world: w}
	cmd := &cobra.Command{
		Use: "setup [flags] [NAME]", Short: "Set up a move by questions and answers", GroupID: "move",
		Long: setupLong, Example: "  mailhaul setup\n  mailhaul setup --print anna",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("as in: mailhaul setup anna", "there can be one NAME, for the job")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.name = cmd.Flags(), strings.Join(args, "")
			return runSetup(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.print, "print", false, "print the job, write nothing")
	f.BoolVar(&o.plain, "plain", false, "ask line by line, for screen readers and simple terminals")
	configFlag(f)
	trustFlags(f)
	return cmd
}

// begin is mailhaul without a command: the questions, if it is new here and
// somebody is there to answer; else the help.
func (w *world) begin(cmd *cobra.Command) error {
	setup := newSetup(w)
	l, err := w.layers(setup.Flags(), nil)
	path, bad := w.configPath(l.text("config"))
	if _, there := os.Stat(path); err != nil || bad != nil || !errors.Is(there, fs.ErrNotExist) || !w.wide || !w.canSetUp(l) {
		return cmd.Help()
	}
	fmt.Fprintf(w.talk, "%s\n\nSome questions set up your first move; Ctrl-C ends them, mailhaul --help shows all.\n\n", intro)
	return runSetup(cmd.Context(), &setupOptions{world: w, flags: setup.Flags()})
}

// canSetUp reports whether somebody is there to be asked.
func (w *world) canSetUp(l layers) bool {
	return w.asker(l.wants("no-input")).CanAsk()
}

func runSetup(ctx context.Context, o *setupOptions) error {
	l, err := o.world.layers(o.flags, nil)
	if err != nil {
		return err
	}
	if _, err := l.truth("no-input"); err != nil {
		return asUsage(err)
	}
	if !o.world.canSetUp(l) {
		return usagef("name both sides, as in: mailhaul copy anna@oldisp.example anna@gmail.com; or write the config yourself: mailhaul help config",
			"setup asks at a terminal, and there is nobody to be asked here")
	}
	if err := o.world.route(l); err != nil {
		return err
	}
	known, err := o.world.providers()
	if err != nil {
		return err
	}
	z := &wizard{
		setupOptions: o, layers: l, known: known,
		questions: &questions{w: o.world, plain: o.world.asksPlainly(o.plain)},
	}
	defer z.listen(ctx)()
	err = z.run(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return z.leave("interrupted")
	case errors.Is(err, errGivenUp):
		return z.leave("given up")
	}
	return err
}

// leave tells what stays of a wizard that has not come to its end.
func (z *wizard) leave(how string) error {
	fmt.Fprintf(z.world.talk, "\nmailhaul: %s: no job was written, no mail was copied, and nothing was changed (exit %d)\n", how, exitInterrupted)
	for _, whose := range z.stored {
		fmt.Fprintf(z.world.talk, "mailhaul: what was kept to sign in stays on this machine; to remove it: mailhaul login --forget %s\n", Safe(quoteAll([]string{whose})))
	}
	return judged(exitInterrupted)
}

// wizard is one run of it.
type wizard struct {
	*setupOptions
	*questions
	layers layers
	known  *provider.Known
	file   *configText
	given  string   // the certificate file of the first side, offered for the second
	stored []string // accounts whose secrets were kept in this run
}

// run goes from question to question.
func (z *wizard) run(ctx context.Context) error {
	path, err := z.world.configPath(z.layers.text("config"))
	if err != nil {
		return err
	}
	if z.file, err = z.world.readConfigText(path); err != nil {
		return err
	}
	z.file.said = z.layers.text("config")
	if z.name != "" {
		if err := z.freeName(z.name); err != nil {
			return usagef("choose another name: mailhaul setup NAME", "%w", err)
		}
	}
	old, err := z.side(ctx, roleSource)
	if err != nil {
		return err
	}
	anew, err := z.side(ctx, roleDest)
	if err != nil {
		return err
	}
	if sameMailbox(old.Endpoint, anew.Endpoint) {
		return usagef("name two different mailboxes", "source and destination are the same: %s", old.Endpoint)
	}
	if err := z.jobName(ctx, old); err != nil {
		return err
	}
	text := z.file.add(z.name, old, anew)
	if z.print {
		fmt.Fprint(z.world.out, text)
		return nil
	}
	if err := z.plan(ctx, old, anew); err != nil {
		return err
	}
	return z.save(ctx, text)
}

// freeName tells what is wrong with a name for the job.
func (z *wizard) freeName(name string) error {
	switch {
	case z.file.hasJob(name):
		return fmt.Errorf("there is a job %q already", name)
	case !fit(name) || strings.TrimSpace(name) == "":
		return errors.New("a name is made of letters, digits and the like")
	}
	return nil
}

// jobName asks for a name that no job has yet, unless one was given.
func (z *wizard) jobName(ctx context.Context, old *setupSide) (err error) {
	if z.name != "" {
		return nil
	}
	name, _, _ := strings.Cut(old.User, "@")
	if name == "" {
		name = "move"
	}
	free := name
	for i := 2; z.file.hasJob(free); i++ {
		free = fmt.Sprintf("%s-%d", name, i)
	}
	z.name, err = z.text(ctx, "What shall this job be called?", "", free, z.freeName)
	return err
}

// plan shows what the job would do. What stands in its way is told; the job can
// be saved all the same.
func (z *wizard) plan(ctx context.Context, old, anew *setupSide) error {
	flags := pflag.NewFlagSet("plan", pflag.ContinueOnError)
	choiceFlags(flags)
	paceFlags(flags)
	accessFlags(flags, "source", "dest")
	showFlags(flags)
	l, err := z.world.layers(flags, nil)
	if err != nil {
		return err
	}
	h, err := newHaul(ctx, z.world, l, []accountConfig{old.account, anew.account}, nil)
	if err != nil {
		return err
	}
	h.sources[0].Password, h.dest.Password = old.Password, anew.Password
	h.sources[0].Token, h.dest.Token = old.Token, anew.Token
	z.say("Looking at both sides ...")
	err = plan(ctx, z.world, h, "")
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var told *verdict
	if errors.As(err, &told) {
		return nil
	}
	return err
}

// save writes the job, if the user agrees.
func (z *wizard) save(ctx context.Context, text string) error {
	agreed, err := z.yes(ctx, "Save the job "+z.name+" in "+z.file.path+"?", true)
	if err != nil {
		return err
	}
	if !agreed {
		return errGivenUp
	}
	if err := z.file.write(text); err != nil {
		return err
	}
	fmt.Fprintf(z.world.out, "Saved the job %s in %s. Start with:\n  mailhaul run%s %s\n",
		Safe(z.name), Safe(z.file.path), z.file.option(), Safe(quoteAll([]string{z.name})))
	return nil
}
