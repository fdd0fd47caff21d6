package transfer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// TestCutsAnywhere loses connections and kills runs at random places, with
// late landings, and demands the exact end state after the last resumption.
func TestCutsAnywhere(t *testing.T) {
	for i := range 20 {
		s := 1 + uint64(i)
		t.Run(fmt.Sprint("seed=", s), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { cutHistory(t, s) })
		})
	}
}

func cutHistory(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 2))
	ms := messages(20 + r.IntN(300))
	for range r.IntN(5) { // true duplicates and look-alikes
		twin := ms[r.IntN(len(ms))]
		twin.ID = fmt.Sprint("twin", r.Uint32())
		if r.IntN(2) == 0 {
			twin.Body = append(append([]byte{}, twin.Body...), "different\r\n"...)
		}
		ms = append(ms, twin)
	}
	o := transfertest.ServerOptions{
		NoUIDPlus: r.IntN(4) == 0, Canonical: r.IntN(2) == 0,
		Ahead: r.IntN(3), WindowReceipts: r.IntN(2) == 0,
	}
	cut := len(ms) / 2
	f := newFlow(t, o, folder(inbox, ms[:cut]...), folder([]string{"Sub"}, ms[cut:]...))
	f.job.Lanes = 1 + r.IntN(2)
	for range 1 + r.IntN(4) {
		f.harm(r, len(ms))
		ctx, cancel := context.WithCancel(t.Context())
		if r.IntN(3) == 0 {
			left := r.IntN(len(ms))
			f.job.Watch = func(e transfer.Event) {
				if left -= e.Count; left < 0 {
					cancel()
				}
			}
		}
		f.run(ctx)
		cancel()
		f.job.Watch = nil
		if r.IntN(2) == 0 {
			f.cp = f.cp.Crash()
		}
	}
	f.server.Fail(transfertest.ServerFaults{})
	f.mail.Fail(transfertest.MailFaults{})
	f.server.Land()
	if _, err := f.run(t.Context()); err != nil {
		t.Fatalf("the last run: %v", err)
	}
	f.same(inbox, ms[:cut]...)
	f.same([]string{"Sub"}, ms[cut:]...)
	f.mustRun(transfer.Tally{Present: len(ms)})
}

// harm sets random faults.
func (f *flow) harm(r *rand.Rand, n int) {
	pick := func() int {
		if r.IntN(2) == 0 {
			return 0
		}
		return 1 + r.IntN(n)
	}
	f.server.Fail(transfertest.ServerFaults{Stored: pick(), Sent: pick(), Receipt: pick(), Read: pick(), Late: r.IntN(3)})
	f.mail.Fail(transfertest.MailFaults{Byte: int64(pick()) * 100, Message: pick(), List: pick()})
}

// What lands within the settle time is found, even where nothing could be taken
// back afterwards.
func TestLateLandingIsSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20, Late: -1})
		f.job.Settle = 5 * time.Second
		lands := time.AfterFunc(4*time.Second, f.server.Land)
		defer lands.Stop()
		f.mustRun(transfer.Tally{Copied: 50})
		f.same(inbox, messages(50)...)
	})
}
