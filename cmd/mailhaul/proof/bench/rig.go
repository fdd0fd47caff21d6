package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// batchBytes is how much mail is in memory at once while the source is filled.
const batchBytes = 32 << 20

// rig is what all runs share: the program, both servers, and the source's mail.
type rig struct {
	setup   Setup
	program string
	dir     string // for the homes of the runs
	homes   int
	source  *mailtest.Server
	dest    *mailtest.Server
	owner   string // of the source's mail
	mail    Mail
	given   mailtest.Snapshot
	lines   map[int][2]*mailtest.Line // by round trip time: to the source, to the destination
}

// newRig starts and fills it. The caller closes it, also after an error.
func newRig(ctx context.Context, s Setup, o options) (*rig, error) {
	r := &rig{setup: s, program: o.program, lines: map[int][2]*mailtest.Line{}}
	var err error
	if r.dir, err = os.MkdirTemp("", "mailhaul-bench"); err != nil {
		return r, err
	}
	if r.program == "" {
		r.program, err = proof.Build(ctx, r.dir)
	} else {
		r.program, err = filepath.Abs(r.program)
	}
	if err != nil {
		return r, err
	}
	if err := r.start(); err != nil {
		return r, err
	}
	return r, r.fill(ctx)
}

// start starts the servers and the proxies before them.
func (r *rig) start() error {
	capability, err := r.capability()
	if err != nil {
		return err
	}
	options := mailtest.DovecotOptions{Format: r.setup.Format, Capability: capability, POP3: "pop3_no_flag_updates = yes"}
	if r.source, err = mailtest.OpenDovecot(options); err != nil {
		return err
	}
	if r.setup.Fsync {
		options.Fsync = "optimized"
	}
	if r.dest, err = mailtest.OpenDovecot(options); err != nil {
		return err
	}
	for _, ms := range r.setup.RoundTrips {
		if ms == 0 {
			continue
		}
		var pair [2]*mailtest.Line
		for i, addr := range []string{r.sourceAddr(), r.destAddr()} {
			pair[i], err = mailtest.OpenProxy(addr, mailtest.ProxyOptions{Delay: time.Duration(ms) * time.Millisecond / 2})
			if err != nil {
				return err
			}
			r.lines[ms] = pair
		}
	}
	return nil
}

// capability is what a server says that lacks what it shall lack, "" if nothing.
func (r *rig) capability() (string, error) {
	if len(r.setup.Without) == 0 {
		return "", nil
	}
	s, err := mailtest.OpenDovecot(mailtest.DovecotOptions{})
	if err != nil {
		return "", err
	}
	all, err := mailtest.Capabilities(s.IMAP, s.NewUser())
	if err := errors.Join(err, s.Close()); err != nil {
		return "", err
	}
	for _, name := range r.setup.Without {
		at := slices.Index(all, name)
		if at < 0 {
			return "", fmt.Errorf("%w: -without %s: Dovecot has only %s", errUsage, name, strings.Join(all, " "))
		}
		all = slices.Delete(all, at, at+1)
	}
	return strings.Join(all, " "), nil
}

func (r *rig) sourceAddr() string {
	switch {
	case r.setup.Source == "pop3" && r.setup.TLS:
		return r.source.POP3S
	case r.setup.Source == "pop3":
		return r.source.POP3
	case r.setup.TLS:
		return r.source.IMAPS
	}
	return r.source.IMAP
}

func (r *rig) destAddr() string {
	if r.setup.TLS {
		return r.dest.IMAPS
	}
	return r.dest.IMAP
}

// fill makes the source's mail, and reads it back.
func (r *rig) fill(ctx context.Context) error {
	r.owner = r.source.NewUser()
	var batch []mailtest.Mail
	var sizes []int
	bytes := 0
	for m := range mailtest.Mailbox(r.setup.Seed, r.setup.Messages, r.setup.Folders) {
		batch, sizes, bytes = append(batch, m), append(sizes, len(m.Bytes)), bytes+len(m.Bytes)
		r.mail.Bytes += int64(len(m.Bytes))
		if bytes < batchBytes && len(sizes) < r.setup.Messages {
			continue
		}
		if err := cmp.Or(ctx.Err(), mailtest.Fill(r.source.IMAP, r.owner, batch)); err != nil {
			return fmt.Errorf("fill the source: %w", err)
		}
		batch, bytes = nil, 0
	}
	slices.Sort(sizes)
	r.mail.Messages, r.mail.Median, r.mail.Largest = len(sizes), sizes[len(sizes)/2], sizes[len(sizes)-1]
	var err error
	if r.given, err = mailtest.Look(r.source.IMAP, r.owner); err != nil {
		return fmt.Errorf("read the source: %w", err)
	}
	for _, messages := range r.given {
		if len(messages) > 0 {
			r.mail.Folders++
		}
	}
	return nil
}

// close stops and removes all.
func (r *rig) close() error {
	var errs []error
	for _, pair := range r.lines {
		for _, line := range pair {
			if line != nil {
				line.Close()
			}
		}
	}
	for _, s := range []*mailtest.Server{r.source, r.dest} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(append(errs, os.RemoveAll(r.dir))...)
}
