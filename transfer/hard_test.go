package transfer_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// inBubble runs a test on a clock that costs no time.
func inBubble(t *testing.T, test func(t *testing.T)) { synctest.Test(t, test) }

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

func TestForeignLookAlikeDoesNotSwallowACutMessage(t *testing.T) {
	for _, noUIDPlus := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			head := "Message-ID: <1@x>\r\nDate: d\r\nFrom: f\r\nSubject: s"
			p, q := message("1", head, "the one at the source"), message("q", head, "another text, put there by somebody else")
			ms := append([]transfertest.MailMessage{p}, messages(300)[1:]...)
			f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: noUIDPlus}, folder(inbox, ms...))
			f.server.Put(inbox, transfertest.Stored{Body: q.Body, Date: q.Date})
			f.server.Fail(transfertest.ServerFaults{Sent: 1})
			f.mustRun(transfer.Tally{Copied: 300})
			f.same(inbox, append(ms, q)...)
		})
	}
}

func TestAdoptionOfMachineMailLooksAtTheText(t *testing.T) {
	p, q := message("1", "Subject: none", "b"), message("q", "Subject: none", "c")
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, p))
	f.server.Put(inbox, transfertest.Stored{Body: q.Body, Date: q.Date})
	f.mustRun(transfer.Tally{Copied: 1})
	f.same(inbox, p, q)
}

// atCopied calls do when so many messages are copied.
func (f *flow) atCopied(n int, do func()) {
	copied := 0
	f.job.Watch = func(e transfer.Event) {
		if e.Fate == transfer.Copied {
			if copied += e.Count; copied == n {
				do()
			}
		}
	}
}

func TestHealingOutlivesACutOfTheTail(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20, Late: -1})
		copied, done := 0, false
		f.job.Watch = func(e transfer.Event) {
			if e.Fate == transfer.Copied {
				if copied += e.Count; copied == 30 {
					done = true
					f.server.Fail(transfertest.ServerFaults{Sent: 5})
				}
			}
			if e.Kind == transfer.EventRetry && done {
				f.server.Land()
			}
		}
		f.mustRun(transfer.Tally{Copied: 50})
		f.same(inbox, messages(50)...)
	})
}

func TestHealingOutlivesAnInterrupt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20, Late: -1})
		ctx, cancel := context.WithCancel(t.Context())
		f.atCopied(50, func() {
			f.server.Land()
			cancel()
		})
		f.run(ctx)
		f.job.Watch = nil
		f.mustRun(transfer.Tally{Present: 50})
		f.same(inbox, messages(50)...)
		f.mustRun(transfer.Tally{Present: 50})
	})
}

func TestOwnCopyIsNoTwin(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20})
		if rep := f.mustRun(transfer.Tally{Copied: 50}); len(rep.Notes) > 0 {
			t.Errorf("got notes %q, want none", rep.Notes)
		}
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

// slow is a source that takes its time.
type slow struct {
	transfer.Source
	folders, list time.Duration
}

func (s *slow) Folders(ctx context.Context) ([]transfer.Folder, error) {
	time.Sleep(s.folders)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return s.Source.Folders(ctx)
}

func (s *slow) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		for m, err := range s.Source.List(ctx, f, after) {
			if !yield(m, err) {
				return
			}
		}
		time.Sleep(s.list)
	}
}

func TestTimeLimitIsNoErrorWhereverItStrikes(t *testing.T) {
	for _, d := range [][2]time.Duration{{0, 3 * time.Second}, {3 * time.Second, 0}} {
		inBubble(t, func(t *testing.T) {
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(20)...))
			f.server.Put(inbox, transfertest.Stored{Body: messages(1)[0].Body})
			open := f.job.Sources[0].Open
			f.job.Sources[0].Open = func(ctx context.Context) (transfer.Source, error) {
				s, err := open(ctx)
				return &slow{s, d[0], d[1]}, err
			}
			f.job.MaxTime = time.Second
			if rep, err := f.run(t.Context()); err != nil || !rep.Limited {
				t.Errorf("folders take %v, lists %v: got limited %v and error %v, want a limit", d[0], d[1], rep.Limited, err)
			}
		})
	}
}

func TestOpenMessageGoneFromTheSourceVanishes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20})
		f.job.Watch = func(e transfer.Event) {
			if e.Kind == transfer.EventRetry {
				f.mail.Remove(inbox, "25")
			}
		}
		f.mustRun(transfer.Tally{Copied: 49, Vanished: 1})
		f.mustRun(transfer.Tally{Present: 49})
	})
}

// upTo carries only messages whose ID has one digit.
type oneDigit struct{ transfertest.Straight }

func (oneDigit) Message(m transfer.Message) (transfer.Message, string) {
	if len(m.ID) > 1 {
		return m, "has two digits"
	}
	return m, ""
}
func (oneDigit) Fingerprint() string { return "one digit" }

// cutAndStop loses the connection at the letter of that number and interrupts
// the run then.
func (f *flow) cutAndStop(faults transfertest.ServerFaults) {
	ctx, cancel := context.WithCancel(f.t.Context())
	f.server.Fail(faults)
	f.job.Watch = func(e transfer.Event) {
		if e.Kind == transfer.EventRetry {
			cancel()
		}
	}
	f.run(ctx)
	f.job.Watch = nil
}

func TestOpenMessageThatIsNotWantedAnyMore(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(30)...))
		f.cutAndStop(transfertest.ServerFaults{Sent: 5})
		f.job.Mapper = oneDigit{}
		f.mustRun(transfer.Tally{Present: 4, Copied: 5, Skipped: 21})
		f.mustRun(transfer.Tally{Present: 9, Skipped: 21})
		f.job.Mapper = transfertest.Straight{}
		f.mustRun(transfer.Tally{Present: 9, Copied: 21})
		f.same(inbox, messages(30)...)
	})
}

// elsewhere sends all mail to one other folder.
type elsewhere struct{ transfertest.Straight }

func (elsewhere) Routes(folders []transfer.Folder, _ transfer.Site) []transfer.Route {
	routes := make([]transfer.Route, len(folders))
	for i := range routes {
		routes[i].To = transfer.Folder{Path: []string{"Other"}}
	}
	return routes
}

func TestWhatIsOpenIsSettledWhereItWasSent(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{WindowReceipts: true}, folder(inbox, messages(30)...))
		f.cutAndStop(transfertest.ServerFaults{Stored: 20})
		f.job.Mapper = elsewhere{}
		if rep, err := f.run(t.Context()); err != nil || rep.Tally.Messages != 30 {
			t.Errorf("got %+v, %v, want 30 messages", rep.Tally, err)
		}
		if got := len(f.server.Messages("INBOX")) + len(f.server.Messages("Other")); got != 30 {
			t.Errorf("got %d messages in both folders, want 30", got)
		}
		f.mail.Add(inbox, message("new", "Subject: new", "x"))
		f.mustRun(transfer.Tally{Present: 30, Copied: 1})
		if got := len(f.server.Messages("Other")); got != 1 {
			t.Errorf("got %d messages in Other, want the new one", got)
		}
	})
}

func TestMergedByTheServer(t *testing.T) {
	a, b := message("1", "Subject: a", "x"), message("2", "Subject: a", "x")
	f := newFlow(t, transfertest.ServerOptions{Merge: true}, folder(inbox, a, b))
	f.mustRun(transfer.Tally{Copied: 1, Merged: 1})
	f.mustRun(transfer.Tally{Present: 2})
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

func TestByteLimitIsKept(t *testing.T) {
	ms := messages(100)
	for i := range ms {
		ms[i].Body = append(ms[i].Body, strings.Repeat("0123456789abcdef", 1<<16)...)
	}
	f := newFlow(t, transfertest.ServerOptions{Ahead: 1, WindowReceipts: true}, folder(inbox, ms...))
	f.job.MaxBytes, f.job.Lanes = 10<<20, 1
	rep, err := f.run(t.Context())
	if got := rep.Tally.Bytes >> 20; err != nil || !rep.Limited || got < 10 || got > 14 {
		t.Errorf("got %d MiB, limited %v, error %v, want 10 MiB and at most a window more", got, rep.Limited, err)
	}
}

// away is a server that wants to be left alone for years.
type away struct{}

func (away) Error() string             { return "Backoff Time: 999999999 seconds" }
func (away) RetryAfter() time.Duration { return 999999999 * time.Second }

func TestNoServerKeepsUsWaitingForYears(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(3)...))
		f.mail.Fail(transfertest.MailFaults{Open: 1, OpenErr: away{}})
		start := time.Now()
		if _, err := f.run(t.Context()); err == nil || time.Since(start) > time.Hour {
			t.Errorf("got error %v after %v, want one at once", err, time.Since(start))
		}
	})
}

// routesOf remembers what the mapper was told.
type routesOf struct {
	transfertest.Straight
	went map[string][]string
}

func (r routesOf) Routes(folders []transfer.Folder, site transfer.Site) []transfer.Route {
	for _, f := range folders {
		r.went[f.Name()] = f.Went
	}
	return elsewhere{}.Routes(folders, site)
}

func TestMapperIsToldWhereFoldersWent(t *testing.T) {
	m := routesOf{went: map[string][]string{}}
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(3)...))
	f.job.Mapper = m
	f.mustRun(transfer.Tally{Copied: 3})
	f.mustRun(transfer.Tally{Present: 3})
	if got := m.went["INBOX"]; !slices.Equal(got, []string{"Other"}) {
		t.Errorf("got %q in the second run, want Other", got)
	}
}

// The message that a page ended with is gone when the next page is asked for.
func TestGoneMessageBetweenPagesDoublesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := messages(5000)
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
		once := false
		f.job.Watch = func(e transfer.Event) {
			if e.Kind == transfer.EventFound && !once {
				once = true
				f.mail.Remove(inbox, "4096")
			}
		}
		rep, err := f.run(t.Context())
		if got := len(f.server.Messages("INBOX")); err != nil || rep.Tally.Messages != 5000 || got != 4999 && got != 5000 {
			t.Errorf("got %d messages there, tally %+v, %v, want each once", got, rep.Tally, err)
		}
	})
}

// hiding is a source that leaves a message out of its lists.
type hiding struct{ transfer.Source }

func (s hiding) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		for m, err := range s.Source.List(ctx, f, after) {
			if m.ID != "5" && !yield(m, err) {
				return
			}
		}
	}
}

func TestListThatIsNotWholeIsAskedAgain(t *testing.T) {
	for sessions, want := range map[int]int{1: 20, 99: 19} { // sessions that hide it
		inBubble(t, func(t *testing.T) {
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(20)...))
			open := f.job.Sources[0].Open
			var opened atomic.Int32
			f.job.Sources[0].Open = func(ctx context.Context) (transfer.Source, error) {
				src, err := open(ctx)
				if opened.Add(1) <= int32(sessions) {
					return hiding{src}, err
				}
				return src, err
			}
			rep := f.mustRun(transfer.Tally{Copied: want})
			if told := strings.Contains(strings.Join(rep.Notes, " "), "20 messages and listed 19"); told != (want == 19) {
				t.Errorf("%d sessions hide a message: got notes %q", sessions, rep.Notes)
			}
			f.job.Sources[0].Open = open
			f.mustRun(transfer.Tally{Present: want, Copied: 20 - want})
		})
	}
}
