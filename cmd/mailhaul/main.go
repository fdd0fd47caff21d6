// Command mailhaul moves mail: POP3, IMAP, mbox and Maildir into an IMAP
// mailbox, every message exactly once, byte for byte.
//
// It wires one [transfer.Job] and watches it:
//
//	arguments, environment, config   config.go, flags.go
//	  -> haul: who, where, how       haul.go, password.go
//	  -> transfer.Job -> Run         carry.go
//	  -> events                      watch.go -> bar.go | plain.go | json.go | log.go
//	  -> summary, errors, exit code  summary.go, complain.go, exit.go
//
// One file a command: copy.go, plan.go, verify.go, manifest.go, undo.go, run.go, status.go, report.go, check.go, demo.go,
// version.go, help.go. Results go to standard output, talk to standard error.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/mailhaul/mailhaul/internal/provider"
)

// world is what a command has of the outside.
type world struct {
	in      *os.File
	out     *sink     // results
	talk    io.Writer // everything said to a person
	wide    bool      // talk is a terminal
	environ []string
	args    []string // as they were given, the program's name first
	net     network
	known   *provider.Known                       // nil until providers has read them
	named   []string                              // variables that hold a secret, by the configs that were read
	line    func(context.Context) (string, error) // reads a password, while setup has the terminal; nil else
}

// color reports whether talk may be coloured: https://no-color.org.
func (w *world) color() bool {
	for _, pair := range w.environ {
		if name, value, _ := strings.Cut(pair, "="); name == "NO_COLOR" && value != "" {
			return false
		}
	}
	return w.wide
}

func main() {
	beFrugal()
	os.Exit(obey(untilAsked(), realWorld()))
}

// untilAsked ends with the first SIGINT or SIGTERM, which asks politely; a second one
// ends the process at once. It is for the whole life of the process.
func untilAsked() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

func realWorld() *world {
	return &world{
		in: os.Stdin, out: &sink{w: os.Stdout, name: "standard output"}, talk: os.Stderr,
		wide:    term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb",
		environ: os.Environ(), args: os.Args,
	}
}

// obey runs one command line and answers its exit code. ctx ends when the user wants
// to stop.
func obey(ctx context.Context, w *world) (code int) {
	defer w.confess(&code)
	if err := w.conceal(); err != nil {
		complain(w.talk, err, exitError)
		return exitError
	}
	root := newRoot(w)
	root.SetArgs(w.args[1:])
	cmd, err := root.ExecuteContextC(ctx)
	seeHelp(err, cmd)
	code = exitCode(ctx, err)
	complain(w.talk, err, code)
	if bad := w.out.err; bad != nil {
		code = worse(code, exitError)
		complain(w.talk, bad, code)
	}
	return code
}

const intro = `mailhaul moves mail: POP3, IMAP, mbox and Maildir into an IMAP mailbox.

Every message you had is at the new place exactly once, with its bytes, date,
flags and folder. Interrupt it whenever you like: the same command goes on.
The source is only read.`

func newRoot(w *world) *cobra.Command {
	root := &cobra.Command{
		Use:   "mailhaul",
		Short: "Move mail to IMAP, every message exactly once",
		Long:  intro,
		Example: `  mailhaul demo
  mailhaul setup
  mailhaul copy anna@oldisp.example anna@gmail.com
  mailhaul copy pop3s://anna@pop.old.example imaps://anna@imap.new.example
  mailhaul copy mbox:Archive imaps://anna@imap.new.example`,
		SilenceUsage: true, SilenceErrors: true,
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, args []string) error { return w.begin(cmd) },
	}
	root.SetOut(w.out)
	root.SetErr(w.talk)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(usage)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddGroup(
		&cobra.Group{ID: "move", Title: "Moving mail:"},
		&cobra.Group{ID: "look", Title: "Looking, changing nothing:"},
		&cobra.Group{ID: "other", Title: "More:"},
	)
	root.SetHelpCommand(newHelp(root))
	root.SetCompletionCommandGroupID("other")
	addCommands(w, root)
	complete(w, root)
	return root
}

// flagError is what is wrong with a flag. What pflag says of a password would
// repeat it. Whoever gives one by a flag that other programs have, at whatever
// place, is told why there is none.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && passwordName().MatchString(unknown.GetSpecifiedName()) || errors.Is(err, errPasswordFlag) || strings.Contains(err.Error(), errPasswordFlag.Error()) {
		return &usageError{err: errPasswordFlag, hint: passwordAdvice}
	}
	return &usageError{err: err, hint: "see " + cmd.CommandPath() + " --help"}
}

// noArgs is for commands that take none.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("see "+cmd.CommandPath()+" --help", "%s takes no argument: %q", cmd.CommandPath(), args[0])
}

// unknownCommand names what there is instead of showing the whole help.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("see mailhaul --help", "there is no command %q", Safe(args[0]))
}
