package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// eventTrace is a line of what was said between us and a server.
const eventTrace transfer.Kind = "trace"

// eventAlert is what a server demands that the user sees.
const eventAlert transfer.Kind = "alert"

// maxAlerts is how many alerts of one side are told: they come from a stranger.
const maxAlerts = 20

// listen has all told that the server of a side says to the user, and with -vv
// everything that is said. name is how the side is called there.
func (h *haul) listen(s *side, name string, tell transfer.Watcher, trace func(string)) {
	if !s.network() {
		return
	}
	if h.show.verbose >= 2 {
		s.Transcript = &dial.Transcript{Name: name, Tell: trace}
	}
	a := &alerts{tell: tell, server: fmt.Sprintf("%s %s", name, s.Host)}
	s.Alert = a.alert
}

// sourceName is how source i of a haul is called.
func (h *haul) sourceName(i int) string {
	if len(h.sources) == 1 {
		return "source"
	}
	return fmt.Sprintf("source %s@%s", h.sources[i].User, h.sources[i].Host)
}

// alerts tells each alert of a server once, on however many connections it comes.
type alerts struct {
	tell   transfer.Watcher
	server string
	mu     sync.Mutex
	told   map[string]bool
}

func (a *alerts) alert(text string) {
	first, count := a.first(text)
	if !first {
		return
	}
	if count > maxAlerts {
		text = "further alerts, which are not shown"
	}
	a.tell(transfer.Event{Kind: eventAlert, Time: time.Now(), Text: a.server + " says: " + text})
}

// first reports whether the text is new, and how many there were.
func (a *alerts) first(text string) (first bool, count int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told == nil {
		a.told = map[string]bool{}
	}
	if first = !a.told[text] && len(a.told) <= maxAlerts; first {
		a.told[text] = true
	}
	return first, len(a.told)
}
