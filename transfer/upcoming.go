package transfer

import "slices"

// lineUp makes the next unit of the queue the lane's own, unless it has one to
// load.
func (l *lane) lineUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.todo) > 0 {
		return
	}
	if u := l.queue.next(); u != nil {
		l.mine, l.todo = append(l.mine, u), append(l.todo, u)
	}
}

// next is the unit to load now, nil if there is none.
func (l *lane) next() *unit {
	l.lineUp()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.todo) == 0 {
		return nil
	}
	u := l.todo[0]
	l.todo = l.todo[1:]
	return u
}

// upcoming is the destination folder that the lane will open after the one it is
// appending to.
func (l *lane) upcoming() (Folder, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.mine) < 2 || l.mine[1].tail {
		return Folder{}, false
	}
	return l.mine[1].to, true
}

// upcomingAt is the folder of that source which the lane will list after the one
// it is fetching from: another part of the unit or the first of the next one.
func (l *lane) upcomingAt(p *passage, u *unit) (Folder, bool) {
	if i := slices.Index(u.parts, p); i+1 < len(u.parts) {
		return u.parts[i+1].from, u.parts[i+1].index == p.index
	}
	l.lineUp()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.todo) == 0 || l.todo[0].tail {
		return Folder{}, false
	}
	after := l.todo[0].parts[0]
	return after.from, after.index == p.index
}
