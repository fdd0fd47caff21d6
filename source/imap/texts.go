package imap

import "github.com/mailhaul/mailhaul/internal/imapconn"

// Where all of a small folder is wanted, its texts are asked for with its list, in
// one write. Servers may answer both side by side: Dovecot gives the list, then the
// texts, and then says that both are over.

// hasten asks for the texts behind the list if that is all of the folder.
func (l *lister) hasten(told imapconn.Status) {
	if l.folder.Whole && l.from == 0 && imapconn.Hasty(told) {
		l.texts = l.s.conn.QueueEarly()
	}
}

// wait waits for all of the piece. Where texts are behind it, that is when each
// message of the folder is named, and the texts are left to [Source.Fetch].
func (l *lister) wait(sl *slice) error {
	if l.texts == nil {
		return sl.wait(l.s.conn)
	}
	p := sl.ps[0]
	for !p.Done() {
		if sl.named >= l.s.box.Exists {
			l.s.conn.Leave(p)
			return nil
		}
		if _, err := l.s.conn.Receive(); err != nil {
			return err
		}
	}
	return p.Reply.Err()
}

// tally counts messages that came in rising order.
type tally struct {
	named int
	top   uint32
}

func (t *tally) count(it *imapconn.Item) {
	if it.Size >= 0 && it.UID > t.top {
		t.top = it.UID
		t.named++
	}
}
