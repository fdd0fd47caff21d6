package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// siblings are the other jobs that this machine has run into the same mailbox. What
// one of them counts as arrived, by its own copy or because it was there, is not for
// another one to take away.
type siblings struct {
	names    []string // of those that count something, as they were asked
	journals []*checkpoint.Journal
	all      []string
}

// openSiblings opens them. None of them may be running: what it recognises now is
// written down only a moment later. One whose checkpoint cannot be read may count
// anything.
func (h *haul) openSiblings(own string) (*siblings, error) {
	jobs, err := checkpoint.List(h.state)
	if err != nil {
		return nil, &stateFault{text: fmt.Sprintf("it is not known what other jobs count as arrived: %v", err), err: err,
			hint: "if that job means nothing any more, move its file out of the state folder"}
	}
	s := &siblings{}
	for _, job := range jobs {
		if filepath.Base(job.Path) == filepath.Base(own) || !sameDestination(job.Dest, h.dest.Endpoint.String()) {
			continue
		}
		name := strings.Join(job.Sources, ", ") + " -> " + job.Dest
		if job.PID != 0 {
			return nil, errors.Join(&stateFault{text: fmt.Sprintf("another job is running into this mailbox (process %d): %s", job.PID, name),
				hint: "wait for its end: it may be recognising what would be removed", err: transfer.ErrHeld}, s.close())
		}
		journal, err := checkpoint.ReadJournal(job.Path)
		if err != nil {
			return nil, errors.Join(stateError(err), s.close())
		}
		s.journals, s.all = append(s.journals, journal), append(s.all, name)
	}
	return s, nil
}

// sameDestination reports whether the names of two destinations are of one mailbox,
// however it is reached.
func sameDestination(a, b string) bool {
	if a == b {
		return true
	}
	one, err := readEndpoint(a)
	if err != nil {
		return false
	}
	other, err := readEndpoint(b)
	return err == nil && sameMailbox(one, other)
}

// counted answers the UIDs that any of them counts as arrived, sorted.
func (s *siblings) counted(ctx context.Context, to transfer.Folder, epoch string) (uids []uint32, err error) {
	for i, journal := range s.journals {
		some, err := journal.Linked(ctx, to, epoch)
		if err != nil {
			return nil, err
		}
		if len(some) > 0 && !slices.Contains(s.names, s.all[i]) {
			s.names = append(s.names, s.all[i])
		}
		uids = append(uids, some...)
	}
	slices.Sort(uids)
	return slices.Compact(uids), nil
}

func (s *siblings) close() error {
	var all error
	for _, journal := range s.journals {
		all = errors.Join(all, journal.Close())
	}
	s.journals = nil
	return all
}
