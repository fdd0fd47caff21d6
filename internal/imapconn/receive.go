package imapconn

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// errBye ends a session whose server has said BYE, RFC 3501 section 7.1.5.
var errBye = fmt.Errorf("the server closed the connection: %w", io.ErrUnexpectedEOF)

// Receive reads one response. It answers the command that is done with it, or
// whose literal the server has asked for (not Done then), nil if the response
// was something else. An error ends the session.
func (c *Conn) Receive() (*Pending, error) {
	if err := c.failed(); err != nil {
		return nil, err
	}
	p, err := c.receive()
	if err != nil {
		return nil, c.fail(err)
	}
	return p, nil
}

func (c *Conn) receive() (*Pending, error) {
	r := &c.in
	if err := r.begin(); err != nil {
		return nil, err
	}
	if err := c.response(); err != nil {
		return nil, err
	}
	switch r.peek() {
	case 0: // blank lines come from some servers after a literal
		return nil, c.unwanted("")
	case '+':
		if p := c.answer(); p != nil {
			return p, nil
		}
		return nil, r.stray()
	case '*':
		r.eat('*')
		return nil, c.untagged()
	}
	return c.tagged()
}

// answer tells the writer that its literal is wanted. Other continuation
// requests mean nothing.
func (c *Conn) answer() *Pending {
	c.mu.Lock()
	i := slices.IndexFunc(c.pending, func(p *Pending) bool { return p.asks })
	var p *Pending
	if i >= 0 {
		p = c.pending[i]
		p.asks = false
	}
	c.mu.Unlock()
	if p != nil {
		c.plus <- true // has room for the one literal that can be waiting
	}
	return p
}

// tagged reads a tagged reply. Tags that we never sent are skipped.
func (c *Conn) tagged() (*Pending, error) {
	r := &c.in
	tag := r.atom()
	if len(tag) < 2 || tag[0] != 'm' {
		return nil, errors.Join(c.unwanted(""), r.skipRest())
	}
	n, ok := parseNumber32(tag[1:])
	p, asks := c.finish(n)
	if !ok || p == nil {
		return nil, c.unwanted("")
	}
	r.noise = noise{}
	kind := statusType(r.keyword())
	if kind == "" || kind == "PREAUTH" {
		return nil, malformed("a tagged reply without OK, NO or BAD")
	}
	p.Reply = c.status(kind)
	if err := c.note(p.Reply); err != nil {
		return nil, err
	}
	if p.box != nil {
		c.selected(p)
	}
	p.done = true
	if p.ok != nil && p.Reply.Err() == nil {
		p.ok()
	}
	if asks {
		c.plus <- false
	}
	return p, nil
}

// finish takes a command from the list of those pending, and reports whether it
// was waiting with a literal.
func (c *Conn) finish(tag uint32) (p *Pending, asked bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, q := range c.pending {
		if q.tag == tag {
			c.pending = slices.Delete(c.pending, i, i+1)
			asked, q.asks = q.asks, false
			return q, asked
		}
	}
	return nil, false
}

// untagged reads the rest of an untagged reply and gives it to whom it concerns.
func (c *Conn) untagged() error {
	r := &c.in
	word := r.keyword()
	num, counted := parseNumber32(word)
	if counted {
		word = r.keyword()
	}
	if kind := statusType(word); kind != "" {
		if counted { // "* 0 OK" is nothing
			return r.skipRest()
		}
		rep := c.status(kind)
		if err := c.note(rep); err != nil {
			return err
		}
		if kind == "BYE" { // nothing follows, whether it hangs up or not
			return errBye
		}
		return c.offer(0, kind, &rep)
	}
	switch {
	case string(word) == "CAPABILITY":
		if err := c.unwanted("CAPABILITY"); err != nil {
			return err
		}
		return c.learn(string(r.line))
	case string(word) == "EXISTS" && num > maxExists:
		return tooMuch("a folder of %d messages", num)
	}
	if err := c.offer(num, kindOf(word), nil); err != nil {
		return err
	}
	return r.skipRest()
}

// kindOf spares an allocation for what comes often.
func kindOf(word []byte) string {
	switch string(word) {
	case "FETCH":
		return "FETCH"
	case "STATUS":
		return "STATUS"
	}
	return string(word)
}

// note keeps what concerns the session: capabilities, and words that explain
// why the connection may end soon.
func (c *Conn) note(rep Reply) error {
	if rep.Code == "ALERT" {
		c.conn.Alert(rep.Text)
	}
	switch {
	case rep.Code == "CAPABILITY":
		return c.learn(rep.Arg)
	case rep.Type == "BYE", rep.Code == "ALERT" && c.said == nil:
		c.said = &rep
	}
	return nil
}

func (c *Conn) learn(caps string) error {
	if len(caps) > maxCaps {
		return tooMuch("%d bytes of capabilities", len(caps))
	}
	if !c.kept {
		c.Caps, c.told = parseCaps(caps), true
	}
	return nil
}

// offer gives an untagged reply to the first pending command that takes it.
func (c *Conn) offer(num uint32, kind string, rep *Reply) error {
	for i := 0; ; i++ {
		take, more := c.taker(i)
		if !more {
			c.count(num, kind)
			return c.unwanted(kind)
		}
		if take == nil {
			continue
		}
		took, err := take(&c.in, num, kind, rep)
		if err != nil {
			return fmt.Errorf("reading %s: %w", kind, err)
		}
		if took {
			c.in.idle = time.Time{}
			return nil
		}
	}
}

// taker is the handler of the pending command number i. A SELECT that has letters
// or texts before it is not offered anything: the server has not come to it, and what it
// tells of messages is of the folder before.
func (c *Conn) taker(i int) (take handler, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i >= len(c.pending) {
		return nil, false
	}
	if c.pending[i].box != nil && slices.ContainsFunc(c.pending[:i], func(p *Pending) bool { return p.Owner != nil || p.take != nil }) {
		return nil, true
	}
	return c.pending[i].take, true
}
