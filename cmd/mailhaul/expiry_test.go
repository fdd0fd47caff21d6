package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
	"github.com/mailhaul/mailhaul/internal/oauth"
	"github.com/mailhaul/mailhaul/transfer"
)

// hourly gives tokens that are good for an hour of its own clock.
type hourly struct {
	mu      sync.Mutex
	now     time.Time
	given   []time.Time
	revoked int // the tokens before this one are void whatever their age
	refused int // how often somebody came with a void one
}

func (i *hourly) Now() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.now
}

// pass lets time go by.
func (i *hourly) pass(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.now = i.now.Add(d)
}

// revoke makes all tokens void before their time.
func (i *hourly) revoke() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.revoked = len(i.given)
}

func (i *hourly) fetch(context.Context) (oauth.Token, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.given = append(i.given, i.now)
	return oauth.Token{Text: fmt.Sprintf("token-%d", len(i.given)-1), Life: time.Hour}, nil
}

// owner is the server's side.
func (i *hourly) owner(token string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	n, err := strconv.Atoi(strings.TrimPrefix(token, "token-"))
	if err != nil || n >= len(i.given) || n < i.revoked || i.now.Sub(i.given[n]) >= time.Hour {
		i.refused++
		return ""
	}
	return "anna"
}

func (i *hourly) fetched() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.given)
}

// A token that ends in the middle of a command costs the user nothing: the
// server hangs up as Microsoft's does, a fresh token opens the next session, and
// all mail arrives once.
func TestTokenEndsInTheMiddle(t *testing.T) {
	const bye = "Session invalidated - AccessTokenExpired"
	type rows []imapserver.Fault
	tests := []struct {
		name     string
		from, to func(over func()) rows
		revoked  bool // the clock does not tell: the server refuses the token first
	}{
		{name: "of APPEND", to: func(over func()) rows {
			return rows{{On: "APPEND", From: 2, InLiteral: 700, Do: over, Bye: bye}}
		}},
		{name: "after APPEND, its answer lost", to: func(over func()) rows {
			return rows{{On: "APPEND", From: 2, Do: over, Late: true, Bye: bye}}
		}},
		{name: "of FETCH", from: func(over func()) rows {
			return rows{{On: "UID FETCH", With: "BODY.PEEK[]", Do: over, Late: true, Bye: bye}}
		}},
		{name: "of a message that is fetched", from: func(over func()) rows {
			return rows{{On: "UID FETCH", With: "BODY.PEEK[]", Do: over, Items: 1, Item: func(it *imapserver.Item) { it.CutAfter = 300 }}}
		}},
		{name: "of APPEND, before its time", revoked: true, to: func(over func()) rows {
			return rows{{On: "APPEND", From: 2, InLiteral: 700, Do: over, Bye: bye}}
		}},
		{name: "of FETCH, before its time", revoked: true, from: func(over func()) rows {
			return rows{{On: "UID FETCH", With: "BODY.PEEK[]", Do: over, Late: true, Bye: bye}}
		}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			clock := &hourly{now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
			over := func() { clock.pass(time.Hour) }
			if tc.revoked {
				over = clock.revoke
			}
			mail := mailtest.Corpus(1, 30, mailtest.CorpusOptions{Small: true, Plain: true})
			start := func(faults func(func()) rows) *imapserver.Server {
				o := imapserver.Options{Owner: clock.owner, Capabilities: append(strings.Fields(imapserver.Modern), "AUTH=XOAUTH2")}
				if faults != nil {
					o.Faults = faults(over)
				}
				return imapserver.Start(t, o)
			}
			from, to := start(tc.from), start(tc.to)
			from.Put("anna", mail)
			h := &haul{state: t.TempDir(), pace: pace{connections: 1, tries: 3}}
			h.sources = []side{tokenSide(from.Addr, clock)}
			h.dest = tokenSide(to.Addr, clock)
			report, err := h.carryOn(t.Context(), func(transfer.Event) {}, nil)
			if err != nil || report.Tally.Copied != len(mail) {
				t.Errorf("got %+v, %v, want all %d copied", report.Tally, err, len(mail))
			}
			for _, d := range mailtest.Compare(from.Snapshot("anna"), to.Snapshot("anna"), mailtest.CompareOptions{}) {
				t.Error(d)
			}
			if n := clock.fetched(); n < 3 || n > 4 { // one for each side, then another for one of them, or both
				t.Errorf("%d tokens were fetched", n)
			}
			if clock.refused > 0 && !tc.revoked {
				t.Errorf("%d times an old token was shown to a server", clock.refused)
			}
		})
	}
}

func tokenSide(addr string, clock *hourly) side {
	host, port, _ := net.SplitHostPort(addr)
	number, _ := strconv.Atoi(port)
	tokens := oauth.NewSource(clock.fetch)
	tokens.Now = clock.Now
	return side{Access: dial.Access{
		Endpoint: dial.Endpoint{Scheme: "imap", User: "anna", Host: host, Port: number, TLS: dial.None},
		Token:    tokens.Token,
	}}
}
