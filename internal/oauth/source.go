package oauth

import (
	"context"
	"time"
)

// Token is an access token.
type Token struct {
	Text string
	// Life is how long it is good from when it was fetched; 0 is not known.
	Life time.Duration
}

// unknownLife is what a token is given whose life nobody tells: another one is
// fetched then, and before that if the server refuses it.
const unknownLife = 5 * time.Minute

// Source gives the access tokens of one account to all its sessions. A token is
// replaced when 80 % of its life is over, or when a server refuses it: a run of
// many hours never asks the user.
type Source struct {
	// Fetch gets a new token. It is called by one goroutine at a time. Its errors
	// may have `Permanent() bool`.
	Fetch func(ctx context.Context) (Token, error)
	// Now is the clock; nil is the machine's.
	Now func() time.Time

	turn  chan struct{} // holds one thing while nobody fetches
	token Token
	since time.Time
}

// NewSource makes one.
func NewSource(fetch func(ctx context.Context) (Token, error)) *Source {
	s := &Source{Fetch: fetch, Now: time.Now, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s
}

// Token gives a token that is good; stale is one that the server has refused, ""
// for none. If none can be fetched, one that is old but not over will do.
func (s *Source) Token(ctx context.Context, stale string) (string, error) {
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	known := s.token.Text != "" && s.token.Text != stale
	age := s.Now().Sub(s.since)
	if known && age >= 0 && age < s.life()*8/10 {
		return s.token.Text, nil
	}
	asked := s.Now()
	fresh, err := s.Fetch(ctx)
	switch {
	case err == nil:
		s.token, s.since = fresh, asked
	case known && age < s.life() && ctx.Err() == nil:
	default:
		return "", err
	}
	return s.token.Text, nil
}

func (s *Source) life() time.Duration {
	if s.token.Life <= 0 {
		return unknownLife
	}
	return s.token.Life
}
