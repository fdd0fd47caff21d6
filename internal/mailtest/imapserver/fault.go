package imapserver

import (
	"bytes"
	"strings"
	"time"
)

// Always is for [Fault.Times]: every match is struck.
const Always = -1

// Fault is one thing that goes wrong: when, and what. A fault that only says
// when does nothing. Of several that strike the same command all count; the
// first one with words, or with an end of the connection, has the say.
type Fault struct {
	// When: the command's name, like "APPEND", "UID FETCH" or "SELECT" (which
	// is EXAMINE too), "" for any; "GREETING" is the connection itself. In is
	// the folder it names, or else the one that is open, as the server
	// spells it. With is a piece of the command's text or of a message in it.
	// User is who has signed in.
	On, In, With, User string
	// From is the first match that is struck, counted from 1 (0 is 1), Times how
	// many are, 0 is one.
	From, Times int

	// Do is called before anything else.
	Do func()
	// First is sent then: whole replies, with their line ends but the last.
	First string
	// Wait goes by then.
	Wait time.Duration
	// Say is the tagged answer without its tag, in place of carrying out the
	// command; "-" is none at all.
	Say string
	// Bye is sent as "* BYE ..." in place of an answer, and the connection
	// closed; Close closes it without a word; Reset does it the hard way; Stall
	// leaves the client waiting until it goes.
	Bye                 string
	Close, Reset, Stall bool
	// Late lets the command be carried out first, and its replies be sent: Say,
	// Bye, Close, Reset and Stall come in place of its tagged answer only.
	Late bool
	// AtLiteral strikes where the command announces a literal, before the server
	// asks for it: then only its text so far is known. With LITERAL+ the literal
	// comes all the same.
	AtLiteral bool
	// InLiteral, in bytes, strikes when so much of the command's literal has come.
	InLiteral int64

	// Line changes each line of the answer but those of FETCH: "" leaves it out.
	Line func(line string) string
	// Item changes FETCH replies, the first Items of them, 0 is all.
	Item  func(*Item)
	Items int
	// Store changes what APPEND stores; false stores nothing, and the command
	// is answered as if it had.
	Store func(*Message) bool
}

// Message is one that is being appended.
type Message struct {
	Flags []string
	Date  string // in the server's form, without quotes
	Bytes []byte
}

// strike is a fault and how often it matched.
type strike struct {
	Fault
	matches, items int
}

// Break adds faults.
func (s *Server) Break(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &strike{Fault: f})
	}
}

// Mend takes all faults away.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// stage is where in a command's way a fault can strike.
type stage int

const (
	announced stage = iota // a literal
	inside                 // of a literal
	whole
)

func (f *Fault) stage() stage {
	switch {
	case f.AtLiteral:
		return announced
	case f.InLiteral > 0:
		return inside
	}
	return whole
}

// strikes are the faults that this command meets.
func (s *Server) strikes(at stage, c *command, user, open string) (hits []*strike) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.stage() != at || !f.meets(c, user, open, s.key) {
			continue
		}
		f.matches++
		from, times := max(f.From, 1), f.Times
		if times == 0 {
			times = 1
		}
		if f.matches >= from && (times < 0 || f.matches < from+times) {
			hits = append(hits, f)
		}
	}
	return hits
}

func (f *Fault) meets(c *command, user, open string, key func(string) string) bool {
	name := c.name
	if name == "EXAMINE" && f.On == "SELECT" {
		name = f.On
	}
	box := c.box
	if box == "" {
		box = open
	}
	return (f.On == "" && name != "GREETING" || f.On == name) && (f.User == "" || f.User == user) &&
		(f.In == "" || key(f.In) == key(box)) && (f.With == "" || c.holds(f.With))
}

func (c *command) holds(text string) bool {
	if strings.Contains(c.text, text) {
		return true
	}
	for _, t := range c.args {
		if t.kind == literalToken && bytes.Contains(t.bytes, []byte(text)) {
			return true
		}
	}
	return false
}

// edit lets the faults change a FETCH reply.
func (s *Server) edit(hits []*strike, it *Item) {
	for _, f := range hits {
		if f.Item == nil {
			continue
		}
		s.mu.Lock()
		f.items++
		over := f.Items > 0 && f.items > f.Items
		s.mu.Unlock()
		if !over {
			f.Item(it)
		}
	}
}

// deed is what a fault does to the connection.
func deed(hits []*strike) *strike {
	for _, f := range hits {
		if f.Say != "" || f.Bye != "" || f.Close || f.Reset || f.Stall {
			return f
		}
	}
	return nil
}
