package pop3server

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
)

// session is one connection.
type session struct {
	*Server
	number int
	user   string
	in     bool // signed in
	drop   []*mail
	gone   map[int]bool // places in drop that are to be deleted
	given  []*mail      // fetched with RETR
	more   int64        // bytes of filling that follow the next answer
	// next takes the next line of a sign-in under way.
	next func(line string) string
}

func (s *Server) serve(conn net.Conn) {
	s.mu.Lock()
	s.sessions++
	c := &session{Server: s, number: s.sessions, gone: map[int]bool{}}
	s.mu.Unlock()
	defer c.leave()
	r := bufio.NewReader(conn)
	for command := "GREETING"; ; {
		answer, hangUp := c.answer(command), false
		if s.o.Meanwhile != nil {
			s.o.Meanwhile(s, c.number, command)
		}
		if s.o.Answer != nil {
			answer, hangUp = s.o.Answer(c.number, command, answer)
			c.took(command, answer)
		}
		if err := c.say(conn, answer); err != nil || hangUp || command == "QUIT" || answer == protocolError {
			return
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		command = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.heard = append(s.heard, command)
		s.mu.Unlock()
	}
}

// say sends an answer, with what fills a large message before its final dot.
func (c *session) say(conn io.Writer, answer string) error {
	more := c.more
	if c.more = 0; more > 0 {
		answer = strings.TrimSuffix(answer, ".\r\n")
	}
	_, err := io.WriteString(conn, answer)
	lines := strings.Repeat("."+Filling, 1000)
	for left := more / int64(len(Filling)); left > 0 && err == nil; left -= 1000 {
		_, err = io.WriteString(conn, lines[:min(left, 1000)*int64(len(Filling)+1)])
	}
	if more > 0 && err == nil {
		_, err = io.WriteString(conn, ".\r\n")
	}
	return err
}

// took undoes a DELE that the script has refused.
func (c *session) took(command, answer string) {
	number, ok := strings.CutPrefix(command, "DELE ")
	if n, err := strconv.Atoi(number); ok && err == nil && strings.HasPrefix(answer, "-ERR") {
		delete(c.gone, n-1)
	}
}

// leave gives the maildrop free.
func (c *session) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in {
		c.locked = false
	}
}

func (c *session) answer(command string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if next := c.next; next != nil {
		c.next = nil
		return next(command)
	}
	verb, arg, _ := strings.Cut(command, " ")
	verb = strings.ToUpper(verb)
	switch {
	case verb == "GREETING":
		return strings.TrimSpace("+OK "+cmp.Or(c.o.Greeting, "ready")+" "+c.o.Timestamp) + "\r\n"
	case verb == "CAPA" && c.o.Capabilities != nil:
		return "+OK\r\n" + strings.Join(append(slices.Clone(c.o.Capabilities), "."), "\r\n") + "\r\n"
	case verb == "QUIT":
		return c.quit()
	case !c.in:
		return c.signIn(verb, arg)
	}
	return c.transaction(verb, arg)
}

// enter opens the maildrop.
func (c *session) enter() string {
	if c.o.Lock && c.locked {
		return "-ERR [IN-USE] another session holds this maildrop\r\n"
	}
	c.in, c.locked = true, true
	recent := strings.HasPrefix(c.user, "recent:")
	for _, m := range c.mails {
		if c.o.Batch > 0 && (len(c.drop) == c.o.Batch || m.fetched && !recent) {
			continue
		}
		c.drop = append(c.drop, m)
	}
	return "+OK\r\n"
}

// quit deletes what was to be deleted.
func (c *session) quit() string {
	if c.in && (c.o.KeepAtQuit == nil || !c.o.KeepAtQuit(c.number)) {
		for _, m := range c.given {
			m.fetched = true
		}
		gone := map[*mail]bool{}
		for i := range c.gone {
			gone[c.drop[i]] = true
		}
		c.mails = slices.DeleteFunc(c.mails, func(m *mail) bool { return gone[m] })
	}
	if c.in {
		c.in, c.locked = false, false
	}
	return "+OK bye\r\n"
}

func (c *session) transaction(verb, arg string) string {
	switch verb {
	case "STAT":
		return fmt.Sprintf("+OK %d %d\r\n", len(c.drop), c.octets())
	case "LIST":
		return c.list(func(i int) (string, bool) { return fmt.Sprint(c.drop[i].size()), true })
	case "UIDL":
		return c.list(c.name)
	case "NOOP":
		return "+OK\r\n"
	case "RSET":
		clear(c.gone)
		return "+OK\r\n"
	case "RETR", "TOP", "DELE":
		return c.message(verb, arg)
	}
	return "-ERR unknown command\r\n"
}

func (c *session) octets() (n int64) {
	for _, m := range c.drop {
		n += m.size()
	}
	return n
}

func (c *session) name(i int) (string, bool) {
	if c.o.Names == nil {
		return fmt.Sprintf("uid%d", c.drop[i].number), true
	}
	return c.o.Names(c.number, c.drop[i].number)
}
