package main

import (
	"fmt"
	"io"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// looker shows on a terminal which folder a survey looks at, once that takes more
// than a moment. What else is said is written above it.
type looker struct {
	bar
	folders, done int
}

func newLooker(w io.Writer, verbose int, color bool) *looker {
	return &looker{bar: *newBar(w, verbose, color)}
}

func (v *looker) see(e transfer.Event, p *progress) {
	if text := sentence(e, v.verbose); text != "" {
		v.say("mailhaul: " + text)
	}
	switch e.Kind {
	case transfer.EventPlan:
		v.folders = e.Count
	case transfer.EventDone:
		v.done++
	case transfer.EventFolder:
		v.look(e.From, p)
	}
}

func (v *looker) look(folder string, p *progress) {
	if time.Since(p.began) < barPatience || time.Since(v.at) < barPace {
		return
	}
	v.at = time.Now()
	v.show([]string{clip(fmt.Sprintf("looking at folder %d of %d: %s", min(v.done+1, v.folders), v.folders, Safe(folder)), v.columns()-1)})
}

func (v *looker) tick(p *progress) {
	if p.folders == 0 {
		v.draw(p)
		return
	}
	v.look(p.latest, p)
}

func (v *looker) end(*progress) { v.clear() }
