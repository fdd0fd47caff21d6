package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/transfer"
)

// copyOptions are what "mailhaul copy" was called with.
type copyOptions struct {
	world  *world
	flags  *pflag.FlagSet
	args   []string // SOURCE... DEST
	dryRun bool
}

const copyLong = `Copy mail from one or several sources into one IMAP mailbox.

First copy, resuming and carrying over what is new are the same command: run it
as often as you like, nothing is copied twice. The source is only read, but for
--delete-source. What you move, delete or mark at the destination stays as you
left it.

SOURCE and DEST are written like this:
  imaps://USER@HOST[:993]    IMAP over TLS           (source and destination)
  imap://USER@HOST[:143]     IMAP with STARTTLS      (source and destination)
  pop3s://USER@HOST[:995]    POP3 over TLS
  pop3://USER@HOST[:110]     POP3 with STLS
  mbox:PATH                  an mbox file, or a folder of them
  maildir:PATH               a Maildir, or a folder of them
  USER@DOMAIN                a mail address: its server is looked up, see
                             mailhaul discover
USER may contain @: the last one separates the host.

Passwords are asked for, or come from MAILHAUL_SOURCE_PASSWORD and
MAILHAUL_DEST_PASSWORD, a command, a file or the keyring; never from here.`

const copyExample = `  mailhaul copy anna@oldisp.example anna@gmail.com
  mailhaul copy pop3s://anna@pop.old.example imaps://anna@imap.new.example
  mailhaul copy --exclude Spam --map 'Lists/*=Archive/*' imaps://anna@old.example imaps://anna@new.example
  mailhaul copy mbox:~/Mail maildir:~/Maildir imaps://anna@imap.new.example
  mailhaul copy --max-transfer 500M --dest-password-command 'pass show mail' mbox:Takeout.mbox imaps://anna@gmail.com@imap.gmail.com`

func newCopy(w *world) *cobra.Command {
	o := &copyOptions{world: w}
	cmd := &cobra.Command{
		Use:     "copy [flags] SOURCE... DEST",
		Short:   "Copy mail; again to resume, and to carry what is new",
		GroupID: "move", Long: copyLong, Example: copyExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.args = cmd.Flags(), args
			return runCopy(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	choiceFlags(f)
	paceFlags(f)
	group(f, "How:", func(f *pflag.FlagSet) {
		f.BoolVar(&o.dryRun, "dry-run", false, "only show what would be copied, as mailhaul plan does")
	})
	clearFlags(f)
	accessFlags(f, "source", "dest")
	showFlags(f)
	doneFlag(f)
	return cmd
}

func runCopy(ctx context.Context, o *copyOptions) error {
	h, err := haulOf(ctx, o.world, o.flags, o.args)
	if err != nil {
		return early(ctx, o.world, o.flags, err)
	}
	if err := h.checkClearance(o.world); err != nil {
		return early(ctx, o.world, o.flags, err)
	}
	if o.dryRun {
		return plan(ctx, o.world, h, o.world.instead(""))
	}
	_, err = carry(ctx, o.world, h)
	return err
}

// early ends a command that never got to its job. With --json standard output
// ends in a summary all the same.
func early(ctx context.Context, w *world, flags *pflag.FlagSet, err error) error {
	if l, bad := w.layers(flags, nil); bad == nil && l.wants("json") {
		if cmd, _, bad := newRoot(w).Find(w.args[1:]); bad == nil {
			seeHelp(err, cmd)
		}
		code := exitCode(ctx, err)
		writeErrors(w.out, err, code, transfer.Report{})
		writeSummary(w.out, transfer.Tally{}, 0, code)
	}
	return err
}
