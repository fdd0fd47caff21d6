package mbox

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// state is what mail programs have written about a message into its header.
type state struct {
	flags    flagSet
	keywords []transfer.Flag
	// expunged: Thunderbird's user has deleted it, the file is not compacted yet.
	expunged bool
	// pseudo: no mail, but what UW-IMAP and Pine keep at the head of a file.
	pseudo bool
}

// flagSet holds flags as bits, one of flagTable each.
type flagSet uint8

// flagTable holds the flags in the order in which we tell them.
var flagTable = [...]transfer.Flag{
	transfer.Seen, transfer.Answered, transfer.Flagged, transfer.Deleted, transfer.Draft, "$Forwarded",
}

const (
	seen flagSet = 1 << iota
	answered
	flagged
	deleted
	draft
	forwarded
)

// Bits of X-Mozilla-Status (nsMsgMessageFlags).
const (
	mozillaRead      = 0x0001
	mozillaReplied   = 0x0002
	mozillaMarked    = 0x0004
	mozillaExpunged  = 0x0008
	mozillaForwarded = 0x1000
)

const mostKeywords = 100

// readState reads the status fields of head. X-Gmail-Labels of Google Takeout
// stands for folders more than for flags: it is left alone, and travels with
// the message.
func readState(head []byte) (s state) {
	var internal, imap bool
	transfer.Fields(head, func(name, value []byte) bool {
		text := string(bytes.TrimSpace(value))
		switch strings.ToLower(string(name)) {
		case "status", "x-status":
			s.letters(text)
		case "x-mozilla-status":
			s.mozilla(text)
		case "x-mozilla-keys", "x-keywords":
			s.addKeywords(text)
		case "x-imap":
			imap = true
		case "subject":
			internal = strings.HasPrefix(text, "DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA")
		}
		return true
	})
	s.pseudo = internal && imap
	return s
}

// letters reads Status and X-Status of mailx, Pine, mutt and Dovecot.
func (s *state) letters(value string) {
	for _, c := range value {
		switch c {
		case 'R':
			s.flags |= seen
		case 'A':
			s.flags |= answered
		case 'F':
			s.flags |= flagged
		case 'D':
			s.flags |= deleted
		case 'T':
			s.flags |= draft
		}
	}
}

// mozilla reads X-Mozilla-Status: four hexadecimal digits.
func (s *state) mozilla(value string) {
	bits, err := strconv.ParseUint(value, 16, 32)
	if err != nil {
		return
	}
	for _, b := range []struct {
		bit  uint64
		flag flagSet
	}{{mozillaRead, seen}, {mozillaReplied, answered}, {mozillaMarked, flagged}, {mozillaForwarded, forwarded}} {
		if bits&b.bit != 0 {
			s.flags |= b.flag
		}
	}
	s.expunged = s.expunged || bits&mozillaExpunged != 0
}

func (s *state) addKeywords(value string) {
	for _, w := range strings.Fields(value) {
		k := transfer.Flag(w)
		if w[0] != '\\' && len(s.keywords) < mostKeywords && !slices.Contains(s.keywords, k) {
			s.keywords = append(s.keywords, k)
		}
	}
}

// list names all flags.
func (f flagSet) list(keywords []transfer.Flag) []transfer.Flag {
	var out []transfer.Flag
	for i, flag := range flagTable {
		if f&(1<<i) != 0 {
			out = append(out, flag)
		}
	}
	for _, k := range keywords {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}
