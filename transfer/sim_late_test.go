package transfer_test

import "time"

// abandon leaves what is on a lost line to chance: a first part of it may be
// stored at once, a further part later, the rest is lost. It is called under mu.
func (s *simDestSession) abandon() {
	w, rest := s.w, s.wire
	s.wire = nil
	if len(rest) == 0 || s.dest.box(rest[0].path) == nil || s.dest.full {
		return
	}
	if !w.chance(w.weather.landing) {
		w.tell("%s: %d letters on the line are lost with it", s.name, len(rest))
		return
	}
	arrive := 1 + w.dice.IntN(len(rest))
	now := w.dice.IntN(arrive + 1)
	settle := w.settle(s.stalled)
	delay := s.simDelay()
	w.tell("%s: of %d letters on the line %d are stored at once, %d in %v, the rest is lost", s.name, len(rest), now, arrive-now, delay)
	s.landAll(rest[:now], false)
	if late := rest[now:arrive]; len(late) > 0 {
		w.late += len(late)
		b, lost, run := s.dest.box(late[0].path), w.lost, w.runs
		time.AfterFunc(delay, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.late -= len(late)
			if w.lost != lost && s.dest.box(b.path) == b { // nobody knows of them any more
				for _, l := range late {
					l.message.ours = false
					w.putForeign(b, l.message)
				}
			} else if s.dest.box(b.path) == b {
				// A later run does not know how long this one would have waited.
				s.landAll(late, delay >= settle || w.runs > run && delay >= w.job.Settle)
			}
		})
	}
}

func (s *simDestSession) landAll(ls []*simLetter, late bool) {
	for _, l := range ls {
		if s.w.refusal(l) == nil && !s.dest.full {
			l.message.stray = true
			s.w.land(l, late)
		}
	}
}

// settle is how long the flow promises to wait before it sends again.
func (w *simWorld) settle(stalled bool) time.Duration {
	if stalled {
		return 12 * w.job.Settle
	}
	return w.job.Settle
}

// simDelay is when a letter on a lost line lands: within the settle time, a
// little later, or much later. Nobody looks for what lands later still.
func (s *simDestSession) simDelay() time.Duration {
	r, settle := s.w.dice, s.w.settle(s.stalled)
	longest := 12 * s.w.job.Settle
	if s.stalled {
		longest *= 2
	}
	switch r.IntN(4) {
	case 0, 1:
		return time.Duration(r.Int64N(int64(settle)))
	case 2:
		return settle + time.Duration(r.Int64N(int64(settle/2)))
	default:
		return settle + time.Duration(r.Int64N(int64(longest-settle)))
	}
}
