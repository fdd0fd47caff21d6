package keyboard

import (
	"strings"
	"time"
)

// kind is what a byte from a terminal is.
type kind int

const (
	key    kind = iota // a key, or a part of a letter
	pasted             // text that was pasted, as terminals mark it
	noise              // a part of an arrow key, of a mark, or of what the terminal itself tells
)

// sequence follows what a terminal sends (ECMA-48, section 5.4; for pastes: xterm's
// "bracketed paste mode").
type sequence struct {
	in   part
	text string // of a sequence, up to here
	when time.Time
}

type part int

const (
	plain    part = iota
	escape        // after Esc
	single        // after Esc O: one more
	control       // after Esc [, up to a byte from @ to ~
	words         // after Esc ] and the like, up to BEL or Esc \
	paste         // up to pasteEnd
	pasteEsc      // in what may be pasteEnd
)

const (
	esc      = 0x1b
	pasteEnd = "\x1b[201~"
	// escAlone: Esc is a key of its own, if nothing follows by then.
	escAlone = 60 * time.Millisecond
)

// kindOf tells what the next byte is.
func (s *sequence) kindOf(b byte) kind {
	now := time.Now()
	if s.in == escape && now.Sub(s.when) > escAlone {
		s.in = plain
	}
	s.when = now
	switch s.in {
	case plain:
		if b != esc {
			return key
		}
		s.in = escape
	case escape:
		s.escaped(b)
	case single:
		s.in = plain
	case control:
		if s.text += string(b); b >= '@' && b <= '~' {
			s.in = plain
			if s.text == "200~" {
				s.in = paste
			}
		}
	case words:
		switch b {
		case esc:
			s.in = single
		case '\a':
			s.in = plain
		}
	case paste:
		if b != esc {
			return pasted
		}
		s.in, s.text = pasteEsc, string(b)
	case pasteEsc:
		s.text += string(b)
		switch {
		case s.text == pasteEnd:
			s.in = plain
		case !strings.HasPrefix(pasteEnd, s.text):
			s.in = paste
			return pasted
		}
	}
	return noise
}

// escaped tells what begins with Esc and a byte.
func (s *sequence) escaped(b byte) {
	switch s.in, s.text = plain, ""; b {
	case '[':
		s.in = control
	case 'O':
		s.in = single
	case ']', 'P', '_', '^', 'X':
		s.in = words
	case esc:
		s.in = escape
	}
}

func contains(all string, b byte) bool { return strings.IndexByte(all, b) >= 0 }
