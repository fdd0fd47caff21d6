package oauth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// clock is set by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func TestSource(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fetched, broken := 0, error(nil)
	s := NewSource(func(context.Context) (Token, error) {
		if broken != nil {
			return Token{}, broken
		}
		fetched++
		return Token{Text: fmt.Sprintf("token%d", fetched), Life: time.Hour}, nil
	})
	s.Now = c.Now
	steps := []struct {
		what   string
		later  time.Duration
		stale  string
		broken error
		want   string
		fails  bool
	}{
		{what: "the first", want: "token1"},
		{what: "the same", later: 47 * time.Minute, want: "token1"},
		{what: "at 80 %", later: time.Minute, want: "token2"},
		{what: "refused by the server", later: time.Minute, stale: "token2", want: "token3"},
		{what: "refused, but another session was faster", stale: "token2", want: "token3"},
		{what: "no new one, the old one still good", later: 50 * time.Minute, broken: errors.New("no net"), want: "token3"},
		{what: "no new one, the old one over", later: 11 * time.Minute, broken: errors.New("no net"), fails: true},
		{what: "the net is back", want: "token4"},
		{what: "no new one for a refused one", stale: "token4", broken: errors.New("no net"), fails: true},
		{what: "the clock was set back", later: -time.Hour, want: "token5"},
	}
	for _, step := range steps {
		c.now, broken = c.now.Add(step.later), step.broken
		got, err := s.Token(t.Context(), step.stale)
		if got != step.want || (err != nil) != step.fails {
			t.Errorf("%s: got %q, %v, want %q, error %v", step.what, got, err, step.want, step.fails)
		}
	}
}

// Many sessions that open at once share one request.
func TestSourceFetchesOnce(t *testing.T) {
	fetched := 0 // the source guards it
	s := NewSource(func(context.Context) (Token, error) {
		fetched++
		return Token{Text: "token"}, nil
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got, err := s.Token(t.Context(), ""); got != "token" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	all.Wait()
	if fetched != 1 {
		t.Errorf("fetched %d tokens, want 1", fetched)
	}
}

func TestSourceDoesNotWaitForOthersForEver(t *testing.T) {
	s := NewSource(nil)
	<-s.turn // somebody is fetching
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Token(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
