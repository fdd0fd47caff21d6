package transfer_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// source is a Source whose Fetch goes through a filter.
type source struct {
	transfer.Source
	cut func(transfer.Fetched) bool // the connection breaks before this one
}

func (s *source) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		for got, err := range s.Source.Fetch(ctx, f, ms) {
			if err == nil && s.cut(got) {
				yield(transfer.Fetched{}, transfertest.ErrLost)
				return
			}
			if !yield(got, err) {
				return
			}
		}
	}
}

// cutSource makes the source break as told; cut is made anew for each session.
func (f *flow) cutSource(cut func() func(transfer.Fetched) bool) {
	open := f.job.Sources[0].Open
	f.job.Sources[0].Open = func(ctx context.Context) (transfer.Source, error) {
		src, err := open(ctx)
		return &source{src, cut()}, err
	}
}

func TestNeighboursOfBadMessagesArrive(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(20)...))
		f.cutSource(func() func(transfer.Fetched) bool {
			return func(m transfer.Fetched) bool { return slices.Contains([]string{"7", "8", "9"}, m.ID) }
		})
		f.mustRun(transfer.Tally{Copied: 17, Refused: 3})
	})
}

// brokenAt is a source whose connection breaks at one message, always.
type brokenAt struct {
	mail *transfertest.Mail
	id   string
}

func (b *brokenAt) open(ctx context.Context) (transfer.Source, error) {
	src, err := b.mail.Open(ctx)
	return &brokenSource{src, b.id}, err
}

type brokenSource struct {
	transfer.Source
	id string
}

func (s *brokenSource) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		for got, err := range s.Source.Fetch(ctx, f, ms) {
			if got.ID == s.id {
				yield(transfer.Fetched{}, transfertest.ErrLost)
				return
			}
			if !yield(got, err) {
				return
			}
		}
	}
}

func TestMessageThatBreaksTheConnectionIsSetAside(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(20)...))
	broken := &brokenAt{mail: f.mail, id: "7"}
	f.job.Sources[0].Open = broken.open
	rep := f.mustRun(transfer.Tally{Copied: 19, Refused: 1})
	if len(rep.Refusals) != 1 || rep.Refusals[0].ID != "7" {
		t.Errorf("got refusals %+v, want message 7", rep.Refusals)
	}
}

func TestShortSessionsGetThrough(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(1000)...))
		f.cutSource(func() func(transfer.Fetched) bool {
			left := 50
			return func(transfer.Fetched) bool { left--; return left < 0 }
		})
		f.mustRun(transfer.Tally{Copied: 1000})
		f.same(inbox, messages(1000)...)
	})
}

func TestLossesOfTwoSourcesAreTwoThings(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(10)...))
		others := messages(20)[10:]
		for i := range others {
			others[i].ID = fmt.Sprint(i + 1)
		}
		second := transfertest.NewMail(folder(inbox, others...))
		f.job.Sources = append(f.job.Sources, transfer.From{Name: "mem://second", Open: second.Open})
		f.mail.Fail(transfertest.MailFaults{Message: 7})
		second.Fail(transfertest.MailFaults{Message: 7})
		f.mustRun(transfer.Tally{Copied: 20})
	})
}

// poisoned is a destination that loses the connection whenever it is sent the
// letter with that ID.
type poisoned struct {
	transfer.Dest
	id string
}

func (d *poisoned) Append(ctx context.Context, f transfer.Folder, windows func(yield func([]*transfer.Letter) bool)) iter.Seq2[transfer.Receipt, error] {
	return func(yield func(transfer.Receipt, error) bool) {
		lost := false
		cut := func(take func([]*transfer.Letter) bool) {
			windows(func(w []*transfer.Letter) bool {
				i := slices.IndexFunc(w, func(l *transfer.Letter) bool { return l.ID == d.id })
				if lost = i >= 0; !lost {
					return take(w)
				}
				if i > 0 {
					take(w[:i])
				}
				return false
			})
		}
		for r, err := range d.Dest.Append(ctx, f, cut) {
			if !yield(r, err) || err != nil {
				return
			}
		}
		if lost {
			d.Dest.Close()
			yield(transfer.Receipt{}, transfertest.ErrLost)
		}
	}
}

func TestNeighboursOfALetterThatBreaksTheDestinationArrive(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := messages(200)
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
		f.job.Dest.Open = func(ctx context.Context) (transfer.Dest, error) {
			d, err := f.server.Open(ctx)
			return &poisoned{d, "7"}, err
		}
		rep := f.mustRun(transfer.Tally{Copied: 199, Refused: 1})
		if len(rep.Refusals) != 1 || rep.Refusals[0].ID != "7" {
			t.Errorf("got refusals %+v, want message 7", rep.Refusals)
		}
		f.same(inbox, slices.Delete(ms, 6, 7)...)
	})
}

func TestCutsOfTheSourceCostNoMemory(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := messages(60)
		for i := range ms {
			ms[i].Body = append(ms[i].Body, strings.Repeat("0123456789abcdef", 30000)...)
		}
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
		f.job.TempDir = "/nonexistent" // no message is large: memory does
		f.job.Lanes = 1
		f.mail.Fail(transfertest.MailFaults{Byte: 3 << 20})
		cuts := 0
		f.job.Watch = func(e transfer.Event) {
			if e.Kind == transfer.EventRetry && cuts < 6 {
				cuts++
				f.mail.Fail(transfertest.MailFaults{Byte: 7 << 20})
			}
		}
		f.mustRun(transfer.Tally{Copied: 60})
	})
}

func TestOneCutDoesNotSlowTheRest(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(4000)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 100})
		f.mustRun(transfer.Tally{Copied: 4000})
		if got := len(f.cp.Windows()); got > 80 {
			t.Errorf("got %d windows for 4000 messages, want about 70", got)
		}
	})
}

// A destination that loses its connection again and again is no reason to give
// up on the messages that were just being read from the source.
func TestLossesAtTheDestinationBlameNoMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(2000)...))
		f.server.Fail(transfertest.ServerFaults{Stored: 70})
		retries := 0
		f.job.Watch = func(e transfer.Event) {
			if e.Kind != transfer.EventRetry {
				return
			}
			if retries++; retries < 8 {
				f.server.Fail(transfertest.ServerFaults{Stored: 70})
			}
		}
		f.mustRun(transfer.Tally{Copied: 2000})
		f.same(inbox, messages(2000)...)
	})
}
