package transfer_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// atCopied does something each time so many more messages were copied.
func (f *flow) eachCopied(n int, do func(time int)) {
	copied, times := 0, 0
	f.job.Watch = func(e transfer.Event) {
		if e.Fate != transfer.Copied || e.Kind != transfer.EventMessages {
			return
		}
		if copied += e.Count; copied/n > times {
			times++
			do(times)
		}
	}
}

func TestDestinationFolderDeletedOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := messages(300)
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(3)...), folder([]string{"A"}, ms...))
		f.eachCopied(100, func(time int) {
			if time == 1 {
				f.server.Delete("A")
				f.server.Fail(transfertest.ServerFaults{Sent: 1})
			}
		})
		rep, err := f.run(t.Context())
		if err != nil || rep.Tally.Copied != 303 || rep.Tally.Refused > 0 {
			t.Fatalf("got %+v, %v, want 303 copied", rep.Tally, err)
		}
		there := len(f.server.Messages("A"))
		if there == 0 || there == 300 {
			t.Errorf("got %d messages in the new folder, want the rest", there)
		}
		if flaws := strings.Join(rep.Flaws, " "); !strings.Contains(flaws, "are not there now") {
			t.Errorf("got flaws %q, want those that went away with the folder", rep.Flaws)
		}
		f.job.Watch = nil
		f.mustRun(transfer.Tally{Present: 303})
	})
}

func TestDestinationFolderDeletedAgainAndAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder([]string{"A"}, messages(900)...), folder([]string{"B"}, messages(10)...))
		f.job.Lanes = 1
		f.eachCopied(150, func(int) {
			f.server.Delete("A")
			f.server.Fail(transfertest.ServerFaults{Sent: 1})
		})
		rep, err := f.run(t.Context())
		if err != nil || len(f.server.Messages("B")) != 10 {
			t.Errorf("got %v and %d messages in B, want the other folder done", err, len(f.server.Messages("B")))
		}
		if rep.Tally.Refused == 0 {
			t.Errorf("got %+v, want the rest of A refused", rep.Tally)
		}
		for _, r := range rep.Folders {
			if (r.From == "A") != (r.Err != nil) {
				t.Errorf("folder %s: got %v", r.From, r.Err)
			}
		}
	})
}

// Its UIDVALIDITY changes in mid-run, nothing is lost.
func TestDestinationFolderRenumberedInMidRun(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := messages(300)
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
		f.eachCopied(100, func(time int) {
			if time == 1 {
				f.server.Renumber("INBOX")
				f.server.Fail(transfertest.ServerFaults{Sent: 1})
			}
		})
		if rep := f.mustRun(transfer.Tally{Copied: 300}); len(rep.Flaws) > 0 {
			t.Errorf("got flaws %q, want none", rep.Flaws)
		}
		f.same(inbox, ms...)
	})
}

// stalled is an error of a line that fell silent.
type stalled struct{ error }

func (stalled) Stalled() bool { return true }

func TestAfterAStallMailMayLandMuchLater(t *testing.T) {
	for _, silent := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(20)...))
			f.job.Settle = 5 * time.Second
			f.server.Fail(transfertest.ServerFaults{Sent: 10})
			if silent {
				f.job.Dest.Open = f.losing(func(err error) error { return stalled{err} })
			}
			var waited time.Duration
			f.job.Watch = func(e transfer.Event) {
				if e.Kind == transfer.EventSettle {
					waited += e.Wait
				}
			}
			f.mustRun(transfer.Tally{Copied: 20})
			if long := waited > 30*time.Second; long != silent {
				t.Errorf("silent: %t: waited %v for mail that may still land", silent, waited)
			}
		})
	}
}

// losing opens sessions that tell by as how Append lost its connection.
func (f *flow) losing(as func(error) error) func(context.Context) (transfer.Dest, error) {
	open := f.job.Dest.Open
	return func(ctx context.Context) (transfer.Dest, error) {
		d, err := open(ctx)
		return &losing{d, as}, err
	}
}

type losing struct {
	transfer.Dest
	as func(error) error
}

func (d *losing) Append(ctx context.Context, f transfer.Folder, windows func(func([]*transfer.Letter) bool)) iter.Seq2[transfer.Receipt, error] {
	return func(yield func(transfer.Receipt, error) bool) {
		for r, err := range d.Dest.Append(ctx, f, windows) {
			if errors.Is(err, transfertest.ErrLost) {
				err = d.as(err)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// counting is a source that hides a message and tells how many there are.
type counting struct {
	hiding
	count int
}

func (s counting) Count(context.Context, transfer.Folder) (int, error) { return s.count, nil }

func TestHiddenMessagesAreRefused(t *testing.T) {
	for count, want := range map[int]transfer.Tally{19: {Copied: 19}, 20: {Copied: 19, Refused: 1}} {
		inBubble(t, func(t *testing.T) {
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(20)...))
			open := f.job.Sources[0].Open
			f.job.Sources[0].Open = func(ctx context.Context) (transfer.Source, error) {
				src, err := open(ctx)
				return counting{hiding{src}, count}, err
			}
			if rep := f.mustRun(want); len(rep.Refusals) != want.Refused {
				t.Errorf("the source counts %d: got refusals %+v", count, rep.Refusals)
			}
		})
	}
}

// missing is how a server answers for a folder that is gone: for good, but the
// folder can be made again.
type missing struct{ error }

func (missing) Missing() bool   { return true }
func (missing) Permanent() bool { return true }

func TestMissingDestinationFolderIsMadeAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder([]string{"A"}, messages(300)...))
		f.eachCopied(100, func(time int) {
			if time == 1 {
				f.server.Delete("A")
				f.server.Fail(transfertest.ServerFaults{Sent: 1})
			}
		})
		f.job.Dest.Open = f.losing(func(err error) error { return missing{err} })
		if rep, err := f.run(t.Context()); err != nil || rep.Tally.Copied != 300 {
			t.Errorf("got %+v, %v, want 300 copied", rep.Tally, err)
		}
	})
}

// A folder that is deleted while the run waits for what may still land in it is opened
// anew: what is sent then is not taken for what stood there before.
func TestDestinationFolderDeletedInTheWait(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		archive := []string{"A"}
		ms := messages(50)
		f := newFlow(t, transfertest.ServerOptions{}, folder(archive, ms...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20})
		f.job.Settle = time.Minute
		waits := 0
		f.job.Watch = func(e transfer.Event) {
			if e.Kind != transfer.EventSettle {
				return
			}
			if waits++; waits == 1 {
				time.AfterFunc(time.Second, func() { f.server.Delete("A") })
			}
		}
		f.mustRun(transfer.Tally{Copied: 50})
		there := f.server.Messages("A")
		if len(there) == 0 || len(there) == 50 {
			t.Fatalf("got %d messages in the new folder, want those that were open", len(there))
		}
		f.same(archive, ms[50-len(there):]...)
		f.mustRun(transfer.Tally{Present: 50})
	})
}
