package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// exportSession is the session with one source. A message that it breaks at is
// asked for once more on a new one; then that message has had its chance.
type exportSession struct {
	*exporter
	from transfer.From
	open transfer.Source // nil: there is none
}

// get opens a session if there is none.
func (s *exportSession) get(ctx context.Context) (transfer.Source, error) {
	if s.open == nil {
		src, err := s.from.Open(ctx)
		if err != nil {
			return nil, s.fault(err)
		}
		s.open = src
	}
	return s.open, nil
}

func (s *exportSession) hangUp() {
	if s.open != nil {
		s.open.Close()
		s.open = nil
	}
}

// fault says whose error it is.
func (s *exportSession) fault(err error) error {
	return &transfer.SideError{Side: transfer.AtSource, Name: s.from.Name, Err: err}
}

func (s *exportSession) folders(ctx context.Context) ([]transfer.Folder, error) {
	src, err := s.get(ctx)
	if err != nil {
		return nil, err
	}
	folders, err := src.Folders(ctx)
	if err != nil {
		return nil, s.fault(err)
	}
	return folders, nil
}

// errRenumbered is for messages whose IDs mean nothing any more.
var errRenumbered = errors.New("the source has numbered its messages anew (UIDVALIDITY changed): run the copy again, then this")

// folder exports the messages at these places, which are all of one folder. The
// error is one that ends the export.
func (s *exportSession) folder(ctx context.Context, folders []transfer.Folder, at []int) error {
	known := s.refused[at[0]]
	i := slices.IndexFunc(folders, func(f transfer.Folder) bool { return f.Key() == known.Key })
	if i < 0 {
		s.all(at, fmt.Errorf("the folder %w", transfer.ErrVanished))
		return nil
	}
	f := folders[i]
	var here []int
	for _, i := range at {
		if s.refused[i].Epoch == f.Epoch {
			here = append(here, i)
		} else {
			s.end(i, ending{err: errRenumbered})
		}
	}
	if len(here) == 0 {
		return nil
	}
	ms, places, err := s.list(ctx, f, here)
	for len(ms) > 0 && err == nil {
		var n int
		n, err = s.fetch(ctx, f, ms, places)
		ms, places = ms[n:], places[n:]
	}
	return err
}

// all notes one end for many.
func (s *exportSession) all(at []int, err error) {
	for _, i := range at {
		s.end(i, ending{err: err})
	}
}

// list finds the messages in the source's list. Those that are not in it are
// gone.
func (s *exportSession) list(ctx context.Context, f transfer.Folder, at []int) (ms []transfer.Message, places []int, err error) {
	src, err := s.get(ctx)
	if err != nil {
		return nil, nil, err
	}
	wanted := map[string]int{}
	for _, i := range at {
		wanted[s.refused[i].ID] = i
	}
	for m, err := range src.List(ctx, f, "") {
		if err != nil {
			s.hangUp()
			s.all(at, err)
			return nil, nil, ctx.Err()
		}
		if i, ok := wanted[m.ID]; ok {
			ms, places = append(ms, m), append(places, i)
			if delete(wanted, m.ID); len(wanted) == 0 {
				break
			}
		}
	}
	for _, i := range at {
		if _, missing := wanted[s.refused[i].ID]; missing {
			s.end(i, ending{err: transfer.ErrVanished})
		}
	}
	return ms, places, nil
}

// fetch writes the messages to files and answers how many of them have their
// end. The error is one that ends the export.
func (s *exportSession) fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message, places []int) (n int, err error) {
	src, err := s.get(ctx)
	if err != nil {
		return 0, err
	}
	for got, lost := range src.Fetch(ctx, f, ms) {
		if lost == nil {
			lost, err = s.keep(got, ms[n].Date, places[n])
		}
		switch {
		case err != nil:
			s.hangUp()
			return n, err
		case lost != nil:
			return s.lost(ctx, n, places, lost)
		}
		n++
	}
	if n < len(ms) {
		return s.lost(ctx, n, places, errors.New("the source did not answer for this message"))
	}
	return n, nil
}

// lost goes on after a session broke at message n. The one that it broke at at
// once had been tried before.
func (s *exportSession) lost(ctx context.Context, n int, places []int, err error) (int, error) {
	s.hangUp()
	if ctx.Err() != nil {
		return n, ctx.Err()
	}
	if n == 0 {
		s.end(places[0], ending{err: err})
		n = 1
	}
	return n, nil
}

// keep writes one message. lost is an error of the session, err one of this
// machine.
func (s *exportSession) keep(got transfer.Fetched, date time.Time, place int) (lost, err error) {
	if got.Err != nil {
		s.end(place, ending{err: got.Err})
		return nil, nil
	}
	r := &s.refused[place]
	for _, other := range []time.Time{got.Date, r.Date} {
		if date.IsZero() {
			date = other
		}
	}
	file, kept, err := s.shelf.put(s.places.of(r.Source, r.Key), date, got.Body, func(head []byte) string {
		if r.Subject == "" {
			r.Subject = subjectIn(head)
		}
		return mailName(date, r.Subject, r.ID)
	})
	var unread *readError
	if errors.As(err, &unread) {
		return unread.err, nil
	}
	if err == nil {
		s.end(place, ending{file: file, kept: kept})
	}
	return nil, err
}

// subjectIn finds the subject in the beginning of a message.
func subjectIn(head []byte) string {
	var subject []string
	for line := range strings.Lines(string(head)) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "":
			return strings.Join(subject, " ")
		case len(subject) > 0 && (line[0] == ' ' || line[0] == '\t'):
			subject = append(subject, strings.TrimSpace(line))
		case len(subject) > 0:
			return strings.Join(subject, " ")
		case len(line) >= len("subject:") && strings.EqualFold(line[:len("subject:")], "subject:"):
			subject = append(subject, strings.TrimSpace(line[len("subject:"):]))
		}
	}
	return strings.Join(subject, " ")
}
