package transfer

import "slices"

// await keeps a unit for a lane that is not in yet.
func (l *lane) await() {
	l.waits = true
	l.queue.keep(1)
}

// arrive gives that unit up: the lane takes one now, or will not come.
func (l *lane) arrive() {
	if l.waits {
		l.waits = false
		l.queue.keep(-1)
	}
}

// lineUp makes the next unit of the queue the lane's own, unless it has one to
// load. What is kept for another lane is taken by one with nothing else to do.
func (l *lane) lineUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.todo) > 0 {
		return
	}
	take := l.queue.spare
	if len(l.mine) == 0 {
		take = l.queue.next
	}
	if u := take(); u != nil {
		l.mine, l.todo = append(l.mine, u), append(l.todo, u)
	}
	l.arrive()
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

// left is how many messages of its units the lane has yet to deal with.
func (l *lane) left() (n int) {
	for _, u := range l.unfinished() {
		for _, p := range u.parts {
			n += max(p.from.Count-l.ledger.tally(p).Messages, 0)
		}
	}
	return n
}

// unfinished are the lane's own units, in order.
func (l *lane) unfinished() []*unit {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.mine)
}

// unload throws away what is loaded of them.
func (l *lane) unload() {
	for _, u := range l.unfinished() {
		if u.belt != nil {
			u.belt.discard()
			u.belt = nil
		}
	}
}

// drop takes a unit off the lane.
func (l *lane) drop(u *unit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mine = slices.DeleteFunc(l.mine, func(m *unit) bool { return m == u })
}

// upcoming is the destination folder that the lane will open after the one it is
// appending to. A run that ends asks for none: see openAsked.
func (l *lane) upcoming() (Folder, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.feed.Err() != nil || len(l.mine) < 2 || l.mine[1].tail {
		return Folder{}, false
	}
	l.asked = l.mine[1].to
	return l.asked, true
}

// openAsked opens the folder that the session was asked to open ahead, when it ends
// before its turn has come: it may have been made, and that is to be noted. If the
// session is lost, too, nobody will know.
func (l *lane) openAsked(dest Dest) error {
	l.mu.Lock()
	to := l.asked
	l.mu.Unlock()
	if to.Path == nil {
		return nil
	}
	_, err := l.openNoted(dest, to)
	return err
}

// openNoted opens a destination folder, and notes it if that has made it. A run that
// is to end waits for it as it waits for receipts.
func (l *lane) openNoted(dest Dest, to Folder) (Mailbox, error) {
	box, err := dest.Open(l.work, to)
	l.mu.Lock()
	if l.asked.Key() == to.Key() {
		l.asked = Folder{}
	}
	l.mu.Unlock()
	if err != nil {
		return box, err
	}
	return box, l.made(to, box)
}

// upcomingAt is the folder of that source which the lane will list after the one
// it is fetching from: another part of the unit or the first of the next one, if that
// is the lane's already.
func (l *lane) upcomingAt(p *passage, u *unit) (Folder, bool) {
	if i := slices.Index(u.parts, p); i+1 < len(u.parts) {
		return u.parts[i+1].from, u.parts[i+1].index == p.index
	}
	if l.crew.lightest(l) {
		l.lineUp()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.todo) == 0 || l.todo[0].tail {
		return Folder{}, false
	}
	after := l.todo[0].parts[0]
	from := after.from
	if len(u.losses) > 0 { // what breaks the line shall be in this folder
		from.All = false
	}
	return from, after.index == p.index
}
