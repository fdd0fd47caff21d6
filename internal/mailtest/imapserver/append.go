package imapserver

import (
	"fmt"
	"strings"
	"time"
)

// append is APPEND, with many messages where the server has MULTIAPPEND: all of
// them are stored or none (RFC 3502).
func (n *session) append(args []token) string {
	if len(args) < 2 {
		return "BAD a folder and a message"
	}
	box := n.account.box(args[0].string())
	if box == nil {
		return "NO [TRYCREATE] there is no such folder"
	}
	var messages []*message
	for args = args[1:]; len(args) > 0; {
		m := &message{date: time.Now().Format(dateLayout)}
		if args[0].kind == openToken {
			var flags []token
			flags, args = list(args)
			m.flags = texts(flags)
		}
		if len(args) > 0 && args[0].kind == quotedToken {
			if _, err := time.Parse(dateLayout, strings.TrimLeft(args[0].text, " ")); err != nil {
				return "BAD that is no date"
			}
			m.date, args = args[0].text, args[1:]
		}
		if len(args) == 0 || args[0].kind != literalToken {
			return "BAD a literal belongs there"
		}
		m.bytes, args = args[0].bytes, args[1:]
		messages = append(messages, m)
	}
	if len(messages) > 1 && !n.has("MULTIAPPEND") {
		return "BAD one message at a time"
	}
	return n.store(box, messages)
}

// store keeps messages as the faults leave them.
func (n *session) store(box *mailbox, messages []*message) string {
	uids := make([]string, len(messages))
	for i, m := range messages {
		uids[i] = fmt.Sprint(n.keep(box, m))
	}
	n.synchronise()
	if !n.has("UIDPLUS") {
		return "OK stored"
	}
	return fmt.Sprintf("OK [APPENDUID %d %s] stored", box.validity, strings.Join(uids, ","))
}

// keep stores one message and gives its UID, or that of the one it was merged with.
func (n *session) keep(box *mailbox, m *message) uint32 {
	for _, hit := range n.hits {
		if hit.Store == nil {
			continue
		}
		changed := Message{Flags: m.flags, Date: m.date, Bytes: m.bytes}
		if !hit.Store(&changed) {
			return box.next
		}
		m = &message{flags: changed.Flags, date: changed.Date, bytes: changed.Bytes}
	}
	if n.options.Merge {
		if twin := box.merge(m, 0); twin > 0 {
			return twin
		}
	}
	uid := box.add(m)
	if n.options.Merge {
		box.merge(m, uid)
	}
	return uid
}

// sync tells what other sessions have done to the open folder.
func (n *session) sync() {
	if n.account == nil || n.open == nil {
		return
	}
	n.account.mu.Lock()
	defer n.account.mu.Unlock()
	n.synchronise()
}

// synchronise is sync with the account locked. It costs nothing where nothing
// has changed.
func (n *session) synchronise() {
	box := n.open
	if box == nil {
		return
	}
	if n.gone != box.gone {
		for i := len(n.view) - 1; i >= 0; i-- {
			if _, there := box.find(n.view[i]); !there {
				n.line(fmt.Sprintf("* %d EXPUNGE", i+1))
				n.view[i] = 0
			}
		}
		left := n.view[:0]
		for _, uid := range n.view {
			if uid > 0 {
				left = append(left, uid)
			}
		}
		n.view, n.gone = left, box.gone
	}
	if len(box.messages) > len(n.view) {
		for _, m := range box.messages[len(n.view):] {
			n.view = append(n.view, m.uid)
		}
		n.line(fmt.Sprintf("* %d EXISTS", len(n.view)))
	}
}
