package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
)

// checkOptions are what "mailhaul check" was called with.
type checkOptions struct {
	world *world
	flags *pflag.FlagSet
	arg   string // ENDPOINT
}

func newCheck(w *world) *cobra.Command {
	o := &checkOptions{world: w}
	cmd := &cobra.Command{
		Use: "check [flags] ENDPOINT", Short: "Can I get in, and what can this server do", GroupID: "look",
		Long: `Sign in and tell what is there and what the server can do. Nothing is changed.
The password comes from --source-password-*, MAILHAUL_SOURCE_PASSWORD, the
keyring, or is asked for.`,
		Example: "  mailhaul check imaps://anna@imap.new.example",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("as in: mailhaul check imaps://anna@imap.new.example", "there must be one ENDPOINT")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.arg = cmd.Flags(), args[0]
			return runCheck(cmd.Context(), o)
		},
	}
	accessFlags(cmd.Flags(), "source")
	cmd.Flags().CountP("verbose", "v", "tell each folder; -vv: also what the server says")
	return cmd
}

func runCheck(ctx context.Context, o *checkOptions) error {
	l, err := newLayers(o.flags, nil)
	if err != nil {
		return err
	}
	h, err := checkHaul(ctx, o.world, l, o.arg)
	if err != nil {
		return asUsage(err)
	}
	if err := h.sources[0].unlock(ctx, o.world, h, roleSource, 1); err != nil {
		return err
	}
	watch := newWatch(ctx, &plain{w: o.world.talk, verbose: h.show.verbose, silent: true})
	defer watch.close()
	s := h.sources[0]
	h.listen(&s, "server", watch.tell, watch.trace)
	return o.check(ctx, s, h.show.verbose > 0)
}

// checkHaul is a haul of one side only.
func checkHaul(ctx context.Context, w *world, l layers, endpoint string) (*haul, error) {
	sides, err := readSides(l, []accountConfig{{Endpoint: endpoint}, {Endpoint: endpoint}})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(settle(ctx, w, l, sides[:1]), readTrust(l, sides[:1], []accountConfig{{}})); err != nil {
		return nil, err
	}
	sides[1].Endpoint = sides[0].Endpoint
	if err := readSignIn(l, sides, make([]accountConfig, 2)); err != nil {
		return nil, err
	}
	show, err := readShow(l)
	noInput, bad := l.truth("no-input")
	h := &haul{sources: sides[:1], dest: sides[1], show: show, noInput: noInput}
	return h, errors.Join(err, bad, h.reachable())
}

// check signs in and tells what it finds.
func (o *checkOptions) check(ctx context.Context, s side, whole bool) error {
	out := o.world.out
	began := time.Now()
	if strings.HasPrefix(s.Scheme, "imap") {
		if err := tellServer(ctx, out, s); err != nil {
			return &transfer.SideError{Side: transfer.AtSource, Name: s.Endpoint.String(), Err: err}
		}
	}
	from, err := source.Open(s.Access)
	if err != nil {
		return asUsage(err)
	}
	folders, err := look(ctx, from)
	if err != nil {
		return &transfer.SideError{Side: transfer.AtSource, Name: from.Name, Err: err}
	}
	tellFolders(out, folders, whole)
	fmt.Fprintf(out, "All well (%s).\n", formatDuration(time.Since(began)))
	return nil
}

// look lists the folders in a session of its own.
func look(ctx context.Context, from transfer.From) ([]transfer.Folder, error) {
	session, err := from.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	return session.Folders(ctx)
}

// tellServer says what the server can do that matters for moving mail.
func tellServer(ctx context.Context, w io.Writer, s side) error {
	conn, err := imapconn.Open(ctx, s.Access)
	if err != nil {
		return err
	}
	defer conn.Close()
	fmt.Fprintf(w, "Signed in to %s as %s.\n", Safe(s.Host), Safe(s.User))
	for _, power := range []struct{ name, good, bad string }{
		{"UIDPLUS", "tells where each message went, so that a late twin can be taken back", "does not tell where messages went"},
		{"LITERAL+", "takes messages without a round trip for each", "wants a round trip for each message"},
		{"MULTIAPPEND", "takes many messages in one command", ""},
		{"SPECIAL-USE", "tells which folder is for sent mail, drafts, trash, junk", "does not tell what its folders are for: names decide"},
	} {
		has := conn.Caps.Has(power.name)
		switch {
		case has:
			fmt.Fprintf(w, "  + %-12s %s\n", power.name, power.good)
		case power.bad != "":
			fmt.Fprintf(w, "  - %-12s %s\n", power.name, power.bad)
		}
	}
	if limit := conn.Caps.AppendLimit(); limit > 0 {
		fmt.Fprintf(w, "  - %-12s takes messages up to %s\n", "APPENDLIMIT", formatSize(limit))
	}
	return nil
}

func tellFolders(w io.Writer, folders []transfer.Folder, whole bool) {
	count, bytes, uncounted := 0, int64(0), 0
	for _, f := range folders {
		count, bytes = count+max(f.Count, 0), bytes+max(f.Bytes, 0)
		if f.Count < 0 {
			uncounted++
		}
	}
	fmt.Fprintf(w, "%s in %s%s\n", messages(count), counted(len(folders), "folder"), measured(bytes, uncounted))
	if !whole {
		return
	}
	for _, f := range folders {
		fmt.Fprintf(w, "  %7s  %s\n", formatCount(f.Count), Safe(f.Name()))
	}
}
