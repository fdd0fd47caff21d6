package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
)

// checkOptions are what "mailhaul check" was called with.
type checkOptions struct {
	world *world
	flags *pflag.FlagSet
	arg   string // ENDPOINT
	probe bool
}

const checkLong = `Look at a mail server from outside, sign in, and tell what is there and what it
can do: addresses, certificate, ways to sign in, what moving mail will be like,
folders, quota. What is wrong is told with what to do. Nothing is changed.

With --probe, for a destination: make a folder, put two messages into it, see
whether bytes, date, flags and keywords are kept, and remove the folder again.

ENDPOINT is written as for mailhaul copy. The password comes from where a copy has
it: --source-password-*, MAILHAUL_SOURCE_PASSWORD, the keyring, or is asked for;
with --probe from what is said of the destination (--dest-*, MAILHAUL_DEST_*).
Where nothing is said of the one side, what is said of the other counts.`

func newCheck(w *world) *cobra.Command {
	o := &checkOptions{world: w}
	cmd := &cobra.Command{
		Use: "check [flags] ENDPOINT", Short: "Can I get in, and what can this server do", GroupID: "look",
		Long:    checkLong,
		Example: "  mailhaul check imaps://anna@imap.new.example\n  mailhaul check --probe anna@gmail.com",
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
	cmd.Flags().BoolVar(&o.probe, "probe", false, "put two messages into a folder of their own, look, and remove it")
	cmd.Flags().Bool("json", false, "one finding a line; the last line is the summary")
	accessFlags(cmd.Flags(), "source", "dest")
	cmd.Flags().CountP("verbose", "v", "tell each folder; -vv: also what the server says")
	return cmd
}

func runCheck(ctx context.Context, o *checkOptions) error {
	l, err := o.world.layers(o.flags, nil)
	if err != nil {
		return err
	}
	h, err := checkHaul(ctx, o.world, l, o.arg)
	if err != nil {
		return asUsage(err)
	}
	s, role := o.subject(h)
	if o.probe && !strings.HasPrefix(s.Scheme, "imap") {
		return usagef("mail goes to imaps:// and imap:// only", "--probe is for destinations, which %s cannot be", s.Endpoint)
	}
	watch := newWatch(ctx, &plain{w: o.world.talk, verbose: h.show.verbose, silent: true})
	defer watch.close()
	h.listen(&s, "server", watch.tell, watch.trace)
	return o.check(ctx, h, s, role)
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
	sides[0].alone, sides[1].alone = true, true
	if err := readSignIn(l, sides, make([]accountConfig, 2)); err != nil {
		return nil, err
	}
	show, err := readShow(l)
	noInput, bad := l.truth("no-input")
	h := &haul{sources: sides[:1], dest: sides[1], show: show, noInput: noInput}
	return h, errors.Join(err, bad, h.reachable())
}

// subject is what is looked at, with the role whose secrets and ways to sign in are
// taken: a destination's where it is probed, else a source's, and the other one's
// where only they are told.
func (o *checkOptions) subject(h *haul) (side, string) {
	from, to := h.sources[0], h.sources[0]
	to.flagWay, to.token, to.app = h.dest.flagWay, h.dest.token, h.dest.app
	to.Admin, to.Auth, to.Certificate = h.dest.Admin, h.dest.Auth, h.dest.Certificate
	asSource, asDest := from.told(o.world, roleSource), to.told(o.world, roleDest)
	if o.probe && (asDest || !asSource) || asDest && !asSource {
		return to, roleDest
	}
	return from, roleSource
}

// told reports whether flags or variables say how this side is signed in to.
func (s side) told(w *world, role string) bool {
	return s.flagWay != nil || s.token != nil || s.app != "" || s.Certificate != nil || s.Admin.User != "" || s.Auth != "" ||
		w.passwordVariable(role, 1) != "" || w.secretVariable(role, 1, "TOKEN") != ""
}

// check looks from outside to inside, as far as it gets. All is told in the
// findings, but that the user has had enough; the error is for the exit code.
func (o *checkOptions) check(ctx context.Context, h *haul, s side, role string) error {
	f := newFindings(o.world, h.show.json)
	began := time.Now()
	err := o.steps(ctx, f, h, s, role)
	if err != nil && f.count[bad] == 0 && ctx.Err() == nil {
		err = f.failed(ctx, topicServer, s, err)
	}
	code := exitCode(ctx, err)
	if code == exitDone && f.count[bad] > 0 {
		code = exitError
	}
	f.end(s.Endpoint.String(), formatDuration(time.Since(began)-f.waited), code)
	return judged(code)
}

// steps ends with the first that fails.
func (o *checkOptions) steps(ctx context.Context, f *findings, h *haul, s side, role string) error {
	if s.network() {
		front, err := o.knock(ctx, f, s)
		if err != nil {
			return err
		}
		asked := time.Now()
		err = s.unlock(ctx, o.world, h, role, 1)
		f.waited = time.Since(asked)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			return f.failed(ctx, topicSignIn, s, err)
		}
		if err := o.inside(ctx, f, s, front); err != nil {
			return err
		}
	}
	var way string
	s.SignedIn = func(by string) { way = by }
	from, err := source.Open(s.Access)
	if err != nil {
		return asUsage(err)
	}
	folders, err := look(ctx, from)
	if err != nil {
		return f.failed(ctx, topicFolders, s, err)
	}
	if s.isPOP3() { // IMAP has told it before what it can do then
		f.signedIn(s, way)
	}
	tellFolders(f, folders, h.show.verbose > 0)
	tellKnown(f, s.provider)
	if o.probe {
		return o.tryOut(ctx, f, s)
	}
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

// tellFolders says how much there is, and with whole in which folders.
func tellFolders(f *findings, folders []transfer.Folder, whole bool) {
	count, bytes, uncounted := 0, int64(0), 0
	for _, folder := range folders {
		count, bytes = count+max(folder.Count, 0), bytes+max(folder.Bytes, 0)
		if folder.Count < 0 {
			uncounted++
		}
	}
	f.say(good, topicFolders, "%s in %s%s", messages(count), counted(len(folders), "folder"), measured(bytes, uncounted))
	if !whole {
		return
	}
	for _, folder := range folders {
		f.say(good, topicFolders, "%7s  %s", formatCount(folder.Count), folder.Name())
	}
}
