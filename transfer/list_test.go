package transfer_test

import (
	"context"
	"iter"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

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
