package transfer_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// simWorld is all that one seed makes: sources, a destination, a checkpoint,
// the people who use them, and what happened. Everything in it is changed
// under mu, at a moment of the fake clock that belongs to one session alone,
// so that a seed makes the same history again.
type simWorld struct {
	seed  uint64
	mu    sync.Mutex
	dice  *rand.Rand
	began time.Time

	mails   []*simMail
	dest    *simDest
	routes  map[string][]string // by source name and folder key
	cp      *transfertest.MemCheckpoint
	job     transfer.Job
	process *simProcess // the run under way or the last one
	runs    int
	weather simWeather
	books   map[simClass]*simAccount
	late    int // letters that are still to land
	lost    int // checkpoints
	denied  int // messages that the first quiet run has refused
	mids    int

	history []string
	wrong   []string
}

// simWeather is what may happen during a run, each with its probability a
// round trip, and so many times in all.
type simWeather struct {
	budget                              int
	cut, stall, restart, throttle, busy float64
	kill, stop, source, user, refuse    float64
	landing                             float64 // that bytes on a lost line land after all
	latency                             time.Duration
}

// simOdds makes weather: most runs have a few kinds of trouble, some all.
func simOdds(r *rand.Rand) simWeather {
	maybe := func(p float64) float64 {
		if r.IntN(2) == 0 {
			return 0
		}
		return p * r.Float64()
	}
	return simWeather{
		budget: 1 + r.IntN(8),
		cut:    maybe(0.2), stall: maybe(0.05), restart: maybe(0.05), throttle: maybe(0.05), busy: maybe(0.08),
		kill: maybe(0.04), stop: maybe(0.04), source: maybe(0.08), user: maybe(0.08), refuse: maybe(0.08),
		landing: r.Float64(),
		latency: time.Duration(1+r.IntN(300)) * time.Millisecond,
	}
}

// tell writes a line of the history.
func (w *simWorld) tell(format string, args ...any) {
	at := time.Since(w.began)
	w.history = append(w.history, fmt.Sprintf("%10.3fs  run %d  ", at.Seconds(), w.runs)+fmt.Sprintf(format, args...))
}

// fault notes that something is not as promised.
func (w *simWorld) fault(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.wrong = append(w.wrong, text)
	w.tell("WRONG: %s", text)
}

func (w *simWorld) chance(p float64) bool { return p > 0 && w.dice.Float64() < p }

func simPick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// simError is an error with the marks of package transfer.
type simError struct {
	text                              string
	permanent, stalled, full, missing bool
	after                             time.Duration
}

func (e *simError) Error() string             { return e.text }
func (e *simError) Permanent() bool           { return e.permanent }
func (e *simError) Stalled() bool             { return e.stalled }
func (e *simError) Full() bool                { return e.full }
func (e *simError) Missing() bool             { return e.missing }
func (e *simError) RetryAfter() time.Duration { return e.after }

var (
	errSimLost   = &simError{text: "connection lost"}
	errSimDead   = &simError{text: "this process was killed", permanent: true}
	errSimClosed = errors.New("session is closed")
	errSimSilent = &simError{text: "no answer for a minute", stalled: true}
	errSimEnough = errors.New("the caller wants no more")
)

// simClass is all messages with the same content in one destination folder:
// nobody can tell them apart there.
type simClass struct {
	folder string // key
	digest transfer.Digest
}

// simAccount is what happened to a class at the destination.
type simAccount struct {
	appended, removed int // by us
	put               int // by others, and moved there
	ways              int // of those put, what came by another way
	taken             int // by the user: deleted or moved away
	unsure            int // of those taken, whose arrival we may not have known
	there             int // of put, what stood there before any message of the class was looked at
	told              int // copies too many that a report has told of
	moved             bool
}

func (w *simWorld) account(folder []string, d transfer.Digest) *simAccount {
	key := simClass{simKey(folder), d}
	a := w.books[key]
	if a == nil {
		a = &simAccount{}
		w.books[key] = a
	}
	return a
}

func simKey(path []string) string { return transfer.Folder{Path: path}.Key() }

// all is every message of all sources that was ever there.
func (w *simWorld) all(yield func(*simFolder, *simSoul) bool) {
	for _, m := range w.mails {
		for _, f := range m.folders {
			for _, s := range f.souls {
				if !yield(f, s) {
					return
				}
			}
		}
	}
}

// simMapper sends folders where the world's table says.
type simMapper struct{ w *simWorld }

// Routes implements [transfer.Mapper]. The path's first component names the source.
func (m simMapper) Routes(folders []transfer.Folder, _ transfer.Site) []transfer.Route {
	routes := make([]transfer.Route, len(folders))
	for i, f := range folders {
		to, ok := m.w.routes[f.Key()]
		if !ok {
			routes[i] = transfer.Route{To: f, Skip: "excluded"}
			continue
		}
		routes[i].To = transfer.Folder{Path: to}
	}
	return routes
}

// Message implements [transfer.Mapper].
func (simMapper) Message(m transfer.Message) (transfer.Message, string) {
	if slices.Contains(m.Flags, simLeftOut) {
		return m, "left out"
	}
	return m, ""
}

// Fingerprint implements [transfer.Fingerprinter].
func (simMapper) Fingerprint() string { return "sim" }

const (
	simLeftOut transfer.Flag = "$LeftOut" // messages that the mapper leaves out
	simMark    transfer.Flag = "$User"    // what a user sets at the destination, and no source has
)

// twin reports whether another message of the folder has the same bytes. Where
// IDs count equal messages, one that is left out may come to bear the ID of one
// that was carried: then it counts as present.
func (w *simWorld) twin(f *simFolder, s *simSoul) bool {
	return slices.ContainsFunc(f.souls, func(o *simSoul) bool { return o != s && o.digest == s.digest })
}
