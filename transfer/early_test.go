package transfer

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// host counts what becomes of the connections with it.
type host struct {
	first                             error         // what the first one hears that enters
	took                              time.Duration // what it says of a knock
	knocked, entered, left, shut, ill atomic.Int32
}

// guest is a session.
type guest struct{ *host }

func (g guest) Close() error { g.shut.Add(1); return nil }

// porch is a door.
type porch struct{ *host }

func (p porch) Enter(context.Context) (guest, error) {
	time.Sleep(time.Second)
	if p.entered.Add(1) == 1 && p.first != nil {
		p.ill.Add(1)
		return guest{}, p.first
	}
	return guest(p), nil
}

func (p porch) Took() time.Duration { return p.took }

func (p porch) Close() error { p.left.Add(1); return nil }

func (h *host) sessions(bound int) *sessions[guest] {
	s := newSessions(AtDest, "host", func(ctx context.Context) (guest, error) { h.knocked.Add(1); return porch{h}.Enter(ctx) }, bound)
	s.knock = func(context.Context) (Door[guest], error) { h.knocked.Add(1); return porch{h}, nil }
	return s
}

// expect compares all counts.
func (h *host) expect(t *testing.T, when string, knocked, entered, left, shut int32) {
	t.Helper()
	if k, e, l, s := h.knocked.Load(), h.entered.Load(), h.left.Load(), h.shut.Load(); k != knocked || e != entered || l != left || s != shut {
		t.Errorf("%s: got %d knocked, %d entered, %d left, %d shut; want %d, %d, %d, %d", when, k, e, l, s, knocked, entered, left, shut)
	}
}

func begin(ctx context.Context, s *sessions[guest], n int) {
	for range s.ask(n) {
		go s.ahead(ctx)
	}
}

// TestEarly: early sessions connect behind the first one, sign in after it, and are
// handed out before new ones are opened.
func TestEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{}
		s := h.sessions(0)
		begin(t.Context(), s, 3)
		begin(t.Context(), s, 2) // are there already
		synctest.Wait()
		h.expect(t, "before the first", 0, 0, 0, 0)
		go func() {
			time.Sleep(time.Second / 2) // while the first one signs in
			h.expect(t, "behind the first", 4, 0, 0, 0)
		}()
		for range 5 {
			if _, err := s.get(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		h.expect(t, "all taken", 5, 5, 0, 0)
		s.close()
	})
}

// TestEarlyRefused: where the first sign-in is refused, nobody else tries, and the
// next one to ask is the first again.
func TestEarlyRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{first: errors.New("no")}
		s := h.sessions(9)
		begin(t.Context(), s, 3)
		if _, err := s.get(t.Context()); !errors.Is(err, h.first) {
			t.Fatalf("got %v, want the refusal", err)
		}
		synctest.Wait()
		h.expect(t, "after the refusal", 4, 1, 3, 0)
		begin(t.Context(), s, 3)
		for range 2 {
			if _, err := s.get(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		h.expect(t, "let in after all", 6, 3, 3, 0)
		s.close()
	})
}

// TestEarlySurplus: what is not wanted is closed, and nothing stays behind when
// the run ends before anybody was let in.
func TestEarlySurplus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{}
		s := h.sessions(4)
		begin(t.Context(), s, 8)
		if _, err := s.get(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.trim(1)
		time.Sleep(time.Minute) // until all have signed in
		h.expect(t, "trimmed", 4, 4, 0, 2)
		s.trim(-1)
		h.expect(t, "trimmed to less than nothing", 4, 4, 0, 3)
		s.close()
	})
	synctest.Test(t, func(t *testing.T) {
		h := &host{}
		s := h.sessions(0)
		ctx, end := context.WithCancel(t.Context())
		begin(ctx, s, 2)
		synctest.Wait()
		s.lead()
		synctest.Wait()
		begin(ctx, s, 3)
		synctest.Wait()
		end()
		s.close()
		h.expect(t, "ended early", 3, 0, 3, 0)
	})
}

// TestFarKnock: that a server is far away is told as soon as it must be, not when it
// has answered at last.
func TestFarKnock(t *testing.T) {
	for _, tc := range []struct{ answer, told, words time.Duration }{
		{farKnock / 2, farKnock / 2, 0}, // what the porch says
		{10 * farKnock, farKnock, farKnock},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &host{}
			s := h.sessions(0)
			s.knock = func(context.Context) (Door[guest], error) { time.Sleep(tc.answer); return porch{h}, nil }
			began, calls := time.Now(), 0
			s.knocked = func(took time.Duration) {
				if calls++; calls == 1 && (time.Since(began) != tc.told || took != tc.words) {
					t.Errorf("an answer after %v: told %v after %v, want %v after %v", tc.answer, took, time.Since(began), tc.words, tc.told)
				}
			}
			if _, err := s.get(t.Context()); err != nil {
				t.Fatal(err)
			}
			if want := 1 + int(tc.words/farKnock); calls != want {
				t.Errorf("an answer after %v: told %d times, want %d", tc.answer, calls, want)
			}
			s.close()
		})
	}
}

// TestAfterStop: who stops a call that has begun goes on when it is over.
func TestAfterStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := false
		stop := after(time.Second, func() { time.Sleep(time.Second); over = true })
		time.Sleep(3 * time.Second / 2)
		if stop(); !over {
			t.Error("it went on before the call was over")
		}
		stop = after(time.Second, func() { t.Error("it was called after stop") })
		stop()
		time.Sleep(2 * time.Second)
	})
}

// TestFar: a server that was slow once, as one with much to do may be, is not far.
func TestFar(t *testing.T) {
	for _, tc := range []struct {
		answers []time.Duration
		want    bool
	}{
		{nil, false},
		{[]time.Duration{farAway}, true},
		{[]time.Duration{farAway - 1}, false},
		{[]time.Duration{2 * farAway, 3 * farAway}, true},
		{[]time.Duration{2 * farAway, farAway / 4}, false},
		{[]time.Duration{0, 2 * farAway}, false},
		{[]time.Duration{farAway / 4, 2 * farAway}, false},
	} {
		s := (&host{}).sessions(0)
		for _, took := range tc.answers {
			s.answered(took)
		}
		if got := s.far(); got != tc.want {
			t.Errorf("answers after %v: got %v, want %v", tc.answers, got, tc.want)
		}
	}
}

// TestFarByWhatWasHeard: a knock tells how far a server is, and so does an answer, unless
// it is an error.
func TestFarByWhatWasHeard(t *testing.T) {
	for _, tc := range []struct {
		knock, fails, answers time.Duration
		want                  bool
	}{
		{2 * farAway, 0, farAway, true},
		{2*farAway - 2, 0, farAway, false},
		{2 * farAway, 0, farAway - 1, false},
		{2 * farAway, 1, farAway, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &run{feed: t.Context(), job: Job{Tries: 1}}
			side := (&host{took: tc.knock}).sessions(0)
			failed := errors.New("bye")
			for _, a := range []struct {
				takes time.Duration
				err   error
			}{{tc.fails, failed}, {tc.answers, nil}} {
				if a.takes == 0 {
					continue
				}
				_, err := consultOnce(r, side, "ask", func(guest, context.Context) (int, error) { time.Sleep(a.takes); return 0, a.err })
				if !errors.Is(err, a.err) {
					t.Fatalf("got error %v, want %v", err, a.err)
				}
			}
			if got := side.far(); got != tc.want {
				t.Errorf("%+v: got %v, want %v", tc, got, tc.want)
			}
			side.close()
		})
	}
}
