package mailtest

// idle finds the questions asked over a still line, see [Traffic.Waits]. It counts
// pieces: what one read gave. The zero value is a connection that is new.
type idle struct {
	up, there  int // taken from the client, given to the server
	down, here int // taken from the server, given to the client
	known      int // of up, what was there before the server sent what the client heard last
	waits      int
}

// sent notes a piece from the client. The mark goes with it to arrived: how much
// the server had said if all was still, else -1.
func (i *idle) sent() (mark int) {
	mark = -1
	if i.known == i.up && i.here == i.down {
		mark = i.down
	}
	i.up++
	return mark
}

// arrived notes that the server is about to get a piece.
func (i *idle) arrived(mark int) {
	i.there++
	if mark == i.down {
		i.waits++
	}
}

// answered notes a piece from the server. The mark goes with it to heard.
func (i *idle) answered() (mark int) {
	i.down++
	return i.there
}

// heard notes that the client is about to get a piece.
func (i *idle) heard(mark int) {
	i.here++
	i.known = mark
}
