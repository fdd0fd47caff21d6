package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
	"github.com/mailhaul/mailhaul/mapping"
	"github.com/mailhaul/mailhaul/transfer"
)

// haul is one job as the user wants it: who, where, how. It comes from the
// command line or from the config, and nothing in it is secret.
type haul struct {
	name    string // of the job, "" on the command line
	sources []side
	dest    side
	rules   mapping.Rules
	pace    pace
	show    show
	state   string // the folder of the checkpoints
	noInput bool
	// What may be deleted at the source, and what was. after does it, at the end of
	// a run that came to its end.
	clearance clearance
	cleared   transfer.Cleared
	looked    bool // all that may be deleted is deleted
	after     func(context.Context, transfer.Job) error
	popSeen   func(transfer.Message) []transfer.Flag // marks for what comes from POP3
	inboxOnly []string                               // what is to be said of sources by POP3
	seenNote  string                                 // what will be marked as read; "" without such a source
	folders   *folderWatch                           // of the latest job made of it
	// recorder writes down how the run goes; nil where nobody asks.
	recorder *recorder
	said     []string // flags that a report of the same job needs, too
}

// side is one end of the move.
type side struct {
	dial.Access
	way, flagWay *credential.Way // where the password comes from: the account's, the flag's
	token        *credential.Way // where access tokens come from, in its place
	app          string          // or the file of an application that fetches them
	connections  int             // of the account, else of the provider, 0 if neither says
	provider     *provider.Provider
	alone        bool // the one server that is looked at: neither source nor destination
}

// isPOP3 reports whether the side is a maildrop.
func (s side) isPOP3() bool { return s.Scheme == "pop3" || s.Scheme == "pop3s" }

// pace is how fast, how long, how stubborn.
type pace struct {
	connections, tries int
	maxTransfer        int64
	newestFirst        bool
	compress           dial.Compression
	maxDuration        time.Duration
}

// show is what is told.
type show struct {
	json, quiet bool
	verbose     int
	progress    string
	logFile     string
	logFormat   string // "text" or "json"
	onDone      string // a command
}

// haulOf reads SOURCE... DEST and the settings.
func haulOf(ctx context.Context, w *world, flags *pflag.FlagSet, args []string) (*haul, error) {
	if len(args) < 2 {
		return nil, usagef("as in: mailhaul copy pop3s://anna@pop.old.example imaps://anna@imap.new.example",
			"there must be at least one SOURCE and the DEST")
	}
	accounts := make([]accountConfig, len(args))
	for i, text := range args {
		accounts[i].Endpoint = text
	}
	l, err := w.layers(flags, nil)
	if err != nil {
		return nil, err
	}
	h, err := newHaul(ctx, w, l, accounts, nil)
	if err != nil {
		return nil, err
	}
	h.said = said(flags)
	return h, nil
}

// haulsOf reads jobs of the config file.
func haulsOf(ctx context.Context, w *world, flags *pflag.FlagSet, names []string) ([]*haul, error) {
	base, err := w.layers(flags, nil)
	if err != nil {
		return nil, err
	}
	path, err := w.configPath(base.text("config"))
	if err != nil {
		return nil, err
	}
	c, err := w.readConfig(path)
	if err != nil {
		return nil, err
	}
	jobs, err := c.pick(names)
	if err != nil {
		return nil, err
	}
	var hauls []*haul
	for _, j := range jobs {
		h, err := jobHaul(ctx, w, flags, c, j)
		if err != nil {
			return nil, &usageError{err: fmt.Errorf("config %s: job %q: %w", path, j.Name, err), hint: hintOf(err)}
		}
		hauls = append(hauls, h)
	}
	return hauls, nil
}

func jobHaul(ctx context.Context, w *world, flags *pflag.FlagSet, c *config, j jobConfig) (*haul, error) {
	l, err := w.layers(flags, &j)
	if err != nil {
		return nil, err
	}
	var accounts []accountConfig
	for _, name := range append(append([]string{}, j.From...), j.To) {
		accounts = append(accounts, c.account(name))
	}
	h, err := newHaul(ctx, w, l, accounts, &j)
	if err != nil {
		return nil, err
	}
	h.name, h.said = j.Name, said(flags)
	return h, nil
}

// newHaul makes a haul of accounts, the last of which is the destination.
func newHaul(ctx context.Context, w *world, l layers, accounts []accountConfig, j *jobConfig) (*haul, error) {
	h := &haul{}
	var errs [8]error
	h.noInput, errs[5] = l.truth("no-input")
	h.show, errs[0] = readShow(l)
	h.pace, errs[1] = readPace(l)
	h.rules, errs[2] = readRules(l, j)
	h.clearance, errs[7] = readClearance(l)
	h.popSeen, errs[6] = readPopSeen(l, time.Now())
	h.state, errs[3] = w.stateDir(l.text("state-dir"))
	var sides []side
	sides, errs[4] = readSides(l, accounts)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, asUsage(err)
	}
	if err := errors.Join(settle(ctx, w, l, sides), readTrust(l, sides, accounts), readSignIn(l, sides, accounts)); err != nil {
		return nil, asUsage(err)
	}
	h.sources, h.dest = sides[:len(sides)-1], sides[len(sides)-1]
	known, err := w.providers()
	if err != nil {
		return nil, err
	}
	if h.inboxOnly = inboxOnly(known, h.sources); len(h.inboxOnly) > 0 {
		h.seenNote = seenNote(l.text("pop-seen"))
	}
	return h, asUsage(h.check())
}

// check finds what cannot be meant.
func (h *haul) check() error {
	switch h.dest.Scheme {
	case "imap", "imaps":
	default:
		return usagef("SOURCE... DEST: the last one is the destination", "mail can go to imaps:// and imap:// only, not to %s", h.dest.Endpoint)
	}
	if err := h.reachable(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, s := range h.sources {
		name := s.Endpoint.String()
		switch {
		case sameMailbox(s.Endpoint, h.dest.Endpoint):
			return usagef("name two different mailboxes", "source and destination are the same: %s", name)
		case seen[name]:
			return usagef("name each source once", "the source %s is named twice", name)
		}
		seen[name] = true
	}
	_, err := mapping.New(h.rules)
	return err
}

// reachable finds a side that would be refused without asking its server.
func (h *haul) reachable() error {
	for _, s := range append(append([]side{}, h.sources...), h.dest) {
		if !s.network() {
			continue
		}
		if err := s.Access.Check(); err != nil {
			return asUsage(err)
		}
	}
	return nil
}

// sameMailbox reports whether two endpoints lead to one mailbox: the same user
// at the same IMAP server, in whatever way it is reached.
func sameMailbox(a, b dial.Endpoint) bool {
	imap := func(e dial.Endpoint) bool { return e.Scheme == "imap" || e.Scheme == "imaps" }
	port := func(e dial.Endpoint) int {
		if e.Port == dial.DefaultPort(e.Scheme) {
			return 0 // 143 and 993 lead to the same place
		}
		return e.Port
	}
	return imap(a) && imap(b) && a.User == b.User && a.Host == b.Host && port(a) == port(b)
}

// readSides reads the endpoints and where the passwords come from.
func readSides(l layers, accounts []accountConfig) ([]side, error) {
	sides := make([]side, len(accounts))
	for i, account := range accounts {
		s := &sides[i]
		var err error
		if s.Endpoint, err = readEndpoint(account.Endpoint); err != nil {
			return nil, err
		}
		allowed, err := l.truth("allow-cleartext")
		if err != nil {
			return nil, err
		}
		s.AllowCleartext = account.AllowCleartext || allowed
		s.connections = account.Connections
		if account.Password != nil {
			way, err := account.Password.way()
			if err != nil {
				return nil, err
			}
			s.way = &way
		}
	}
	return sides, readWays(l, sides)
}

// asUsage marks what is wrong with the user's words.
func asUsage(err error) error {
	var usage *usageError
	if err == nil || errors.As(err, &usage) {
		return err
	}
	return &usageError{err: err}
}

// hintOf is the first hint in the tree of an error, "" if there is none.
func hintOf(err error) string {
	if h, ok := err.(interface{ Hint() string }); ok {
		if text := h.Hint(); text != "" {
			return text
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return hintOf(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if text := hintOf(one); text != "" {
				return text
			}
		}
	}
	return ""
}
