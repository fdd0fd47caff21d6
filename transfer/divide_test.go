package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// slowly is a source whose sessions give a message every so often each, as those of
// a provider that bounds the rate of a connection.
type slowly struct {
	each time.Duration
	// before is asked before each message: which session it is, from 0, and how many
	// messages it has given.
	before func(session, given int, m transfer.Message) error

	mu      sync.Mutex
	opened  int
	room    int // for sessions at once, 0 is no bound
	open    int
	refused int
	reading int // sessions in a Fetch
	most    int
}

// pace puts the flow's source behind s.
func (s *slowly) pace(f *flow) {
	open := f.job.Sources[0].Open
	f.job.Sources[0].Open = func(ctx context.Context) (transfer.Source, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.room > 0 && s.open == s.room {
			s.refused++
			return nil, errors.New("[LIMIT] too many connections")
		}
		src, err := open(ctx)
		s.opened++
		s.open++
		return &slowSession{Source: src, s: s, number: s.opened - 1}, err
	}
}

type slowSession struct {
	transfer.Source
	s             *slowly
	number, given int
}

func (r *slowSession) Divides() {}

func (r *slowSession) Close() error {
	r.s.mu.Lock()
	r.s.open--
	r.s.mu.Unlock()
	return r.Source.Close()
}

func (r *slowSession) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		r.s.enter(1)
		defer r.s.enter(-1)
		for got, err := range r.Source.Fetch(ctx, f, ms) {
			if err == nil && r.s.before != nil {
				err = r.s.before(r.number, r.given, got.Message)
			}
			if time.Sleep(r.s.each); !yield(got, err) || err != nil {
				return
			}
			r.given++
		}
	}
}

func (s *slowly) enter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading += n
	s.most = max(s.most, s.reading)
}

// divided runs a folder of n messages from s, and answers how long it took.
func divided(t *testing.T, s *slowly, n int, job func(*transfer.Job), want transfer.Tally) (f *flow, took time.Duration) {
	t.Helper()
	f = newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(n)...))
	s.pace(f)
	if job != nil {
		job(&f.job)
	}
	began := time.Now()
	f.mustRun(want)
	return f, time.Since(began)
}

// TestDivided: a big folder that is alone is read over about as many sessions as there
// may be, as each gives so much; it arrives once, in order, and nearly as much faster.
func TestDivided(t *testing.T) {
	const all = 6500 // two lists of it
	for lanes, want := range map[int]int{3: 3, 0: 8} {
		t.Run(fmt.Sprint(lanes), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := &slowly{each: 10 * time.Millisecond}
				f, took := divided(t, s, all, func(j *transfer.Job) { j.Lanes = lanes }, transfer.Tally{Copied: all})
				f.same(inbox, messages(all)...)
				if s.most > want || s.most <= want/2 { // the last may come too late to find anything to do
					t.Errorf("got %d sessions reading at once, want about %d", s.most, want)
				}
				if alone := all * s.each; took > alone/time.Duration(want)+12*time.Second {
					t.Errorf("took %v; one session takes %v", took, alone)
				}
			})
		})
	}
}

// TestDividedWithin: the provider's bound holds, whatever helps; where it is not
// known, its server is not asked all the time, and those that are let in go on.
func TestDividedWithin(t *testing.T) {
	for name, sessions := range map[string]int{"known": 3, "unknown": 0} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := &slowly{each: 10 * time.Millisecond, room: 3}
				f, _ := divided(t, s, 4000, func(j *transfer.Job) { j.Sources[0].Sessions = sessions }, transfer.Tally{Copied: 4000})
				f.same(inbox, messages(4000)...)
				if most := 4 * min(1, 3-sessions); s.most != 3 || s.refused > most {
					t.Errorf("got %d sessions reading at once and %d refused, want 3 and at most %d", s.most, s.refused, most)
				}
			})
		})
	}
}

// TestUndivided: where messages come fast, or are few, one session reads.
func TestUndivided(t *testing.T) {
	for name, s := range map[string]*slowly{"fast": {each: time.Microsecond}, "few": {each: 10 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				n := map[string]int{"fast": 3000, "few": 1500}[name]
				divided(t, s, n, func(j *transfer.Job) { j.Lanes = 8 }, transfer.Tally{Copied: n})
				if s.most != 1 {
					t.Errorf("got %d sessions reading at once, want 1", s.most)
				}
			})
		})
	}
}

// TestDividedInVain: where the account, and not the connection, is what is bounded,
// one session goes on alone.
func TestDividedInVain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		turn, late := make(chan bool, 1), 0
		s := &slowly{}
		s.before = func(session, given int, _ transfer.Message) error {
			turn <- true
			defer func() { <-turn }()
			if time.Sleep(10 * time.Millisecond); given > 900 && session > 0 {
				late++
			}
			return nil
		}
		divided(t, s, 4000, nil, transfer.Tally{Copied: 4000})
		if s.most != 2 || late > 0 {
			t.Errorf("got %d sessions reading at once and %d messages of the second after its trial, want 2 and none", s.most, late)
		}
	})
}

// TestDividedLost: a helper that is lost, wherever, is not missed: its messages
// arrive, once and in order, and those that are gone are told once.
func TestDividedLost(t *testing.T) {
	for _, at := range []int{0, 150} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := &slowly{each: 10 * time.Millisecond}
				lost := map[int]bool{}
				var mu sync.Mutex
				s.before = func(session, given int, _ transfer.Message) error {
					mu.Lock()
					defer mu.Unlock()
					if session == 0 || given < at || lost[session] {
						return nil
					}
					lost[session] = true
					return transfertest.ErrLost
				}
				f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(4000)...))
				s.pace(f)
				for _, id := range []string{"600", "601", "2000", "3999"} {
					f.mail.Change(inbox, id, func(m *transfertest.MailMessage) { m.Err = transfer.ErrVanished })
				}
				rep := f.mustRun(transfer.Tally{Copied: 3996, Vanished: 4})
				want := slices.DeleteFunc(messages(4000), func(m transfertest.MailMessage) bool {
					return slices.Contains([]string{"600", "601", "2000", "3999"}, m.ID)
				})
				f.same(inbox, want...)
				if len(lost) == 0 || len(rep.Refusals) > 0 {
					t.Errorf("got %d helpers lost and %v refused, want some and none", len(lost), rep.Refusals)
				}
			})
		})
	}
}

// TestDividedFirstLost: the run goes on where it was after the first session was
// lost, too.
func TestDividedFirstLost(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := &slowly{each: 10 * time.Millisecond}
		s.before = func(session, given int, _ transfer.Message) error {
			if session == 0 && given == 700 {
				return transfertest.ErrLost
			}
			return nil
		}
		f, _ := divided(t, s, 4000, nil, transfer.Tally{Copied: 4000})
		f.same(inbox, messages(4000)...)
	})
}

// TestDividedPoison: a message at which every session is lost is set aside, and the
// others arrive.
func TestDividedPoison(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := &slowly{each: 10 * time.Millisecond}
		s.before = func(_, _ int, m transfer.Message) error {
			if m.ID == "900" {
				return transfertest.ErrLost
			}
			return nil
		}
		divided(t, s, 4000, nil, transfer.Tally{Copied: 3999, Refused: 1})
	})
}

// remade: the folder has another epoch there.
type remade struct{ transfer.Folder }

func (r remade) Error() string { return r.Name() + " was made anew" }
func (remade) Remade() bool    { return true }

// TestDividedRemade: a helper that finds another folder under the name ends it, as
// the IDs are those of other mail.
func TestDividedRemade(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := &slowly{each: 10 * time.Millisecond}
		s.before = func(session, _ int, _ transfer.Message) error {
			if session > 0 {
				return remade{transfer.Folder{Path: inbox}}
			}
			return nil
		}
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(4000)...))
		s.pace(f)
		f.job.Tries = 1
		_, err := f.run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "INBOX was made anew") {
			t.Errorf("got error %v, want that of the folder", err)
		}
		if n := len(f.server.Messages(inbox...)); n >= 4000 {
			t.Errorf("got %d messages", n)
		}
	})
}
