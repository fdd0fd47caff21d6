package imapserver

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Item is one FETCH reply about to be sent, for [Fault.Item] to change.
type Item struct {
	Seq   int
	UID   uint32
	Flags string // within the parentheses
	Date  string // INTERNALDATE, without quotes
	Size  string // RFC822.SIZE
	Text  []byte // what each BODY item gives is cut from it

	Times    int    // how often the reply is sent: 1, unless changed
	Raw      string // sent in place of all, if it is not ""
	NoUID    bool   // the UID is left out
	UIDLast  bool   // it stands behind the text
	NoBody   bool   // BODY items are left out
	NilBody  bool   // they are NIL
	Quoted   bool   // they are quoted strings
	CutAfter int    // the connection ends after so many bytes of the text, if it is not 0
	Announce int    // the literal is announced so much longer than it is
}

// fetch is FETCH and UID FETCH. It is called with the account locked, and
// unlocks it before it writes.
func (n *session) fetch(args []token, byUID bool) (string, error) {
	set, wanted, ok := n.asked(args, byUID)
	peek := !slices.ContainsFunc(wanted, func(item string) bool {
		return strings.HasPrefix(item, "BODY[") || item == "RFC822" || item == "RFC822.TEXT"
	})
	if ok && !peek && !n.readOnly {
		for i, c := range set {
			if at, _ := n.open.find(c.m.uid); !hasFlag(c.m.flags, `\Seen`) {
				seen := *c.m
				seen.flags = append(slices.Clone(seen.flags), `\Seen`)
				n.open.messages[at], set[i].m = &seen, &seen
			}
		}
	}
	if byUID && ok {
		defer n.sync() // after the replies: their numbers are those of the view
	}
	n.account.mu.Unlock()
	if !ok {
		return "BAD a set and items", nil
	}
	answer := "OK done"
	if limit := n.options.MessageLimit; limit > 0 && len(set) > limit {
		set = set[len(set)-limit:] // the latest first, RFC 9738
		answer = fmt.Sprintf("OK [MESSAGELIMIT %d %d] only the latest", limit, set[0].m.uid)
	}
	for _, c := range set {
		if err := n.reply(c, wanted); err != nil {
			return "", err
		}
	}
	return answer, nil
}

// asked reads set and items.
func (n *session) asked(args []token, byUID bool) (set []chosen, wanted []string, ok bool) {
	if len(args) < 2 {
		return nil, nil, false
	}
	items, _ := list(args[1:])
	wanted = upper(items)
	if len(wanted) == 1 && wanted[0] == "ALL" || len(wanted) == 1 && wanted[0] == "FAST" {
		wanted = []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE"}
	}
	if byUID && !slices.Contains(wanted, "UID") {
		wanted = append([]string{"UID"}, wanted...)
	}
	for _, item := range wanted {
		if _, _, body := section(item); !body && !slices.Contains([]string{"UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE"}, item) {
			return nil, nil, false
		}
	}
	set, ok = n.choice(args[0].text, byUID)
	return set, wanted, ok
}

// section is how a BODY item is called in the reply, and what it cuts out.
func section(item string) (name string, cut func([]byte) []byte, ok bool) {
	switch item {
	case "RFC822":
		return item, func(p []byte) []byte { return p }, true
	case "RFC822.HEADER":
		return item, head, true
	case "RFC822.TEXT":
		return item, func(p []byte) []byte { return p[len(head(p)):] }, true
	}
	name = strings.Replace(item, "BODY.PEEK[", "BODY[", 1)
	inner, isBody := strings.CutPrefix(name, "BODY[")
	inner, partial, closed := strings.Cut(inner, "]")
	if !isBody || !closed {
		return "", nil, false
	}
	what, names, _ := strings.Cut(inner, " ")
	switch what {
	case "":
		cut = func(p []byte) []byte { return p }
	case "HEADER":
		cut = head
	case "TEXT":
		cut = func(p []byte) []byte { return p[len(head(p)):] }
	case "HEADER.FIELDS", "HEADER.FIELDS.NOT":
		wanted := strings.Fields(strings.Trim(names, "()"))
		cut = func(p []byte) []byte { return fields(p, wanted, what != "HEADER.FIELDS") }
	default:
		return "", nil, false
	}
	var from, count int
	if k, _ := fmt.Sscanf(partial, "<%d.%d>", &from, &count); k == 2 {
		return name[:strings.IndexByte(name, '<')] + fmt.Sprintf("<%d>", from), func(p []byte) []byte {
			p = cut(p)
			from := min(from, len(p))
			return p[from:min(from+count, len(p))]
		}, true
	}
	return name, cut, true
}

// reply sends one FETCH reply as the faults leave it.
func (n *session) reply(c chosen, wanted []string) error {
	it := &Item{
		Seq: c.seq, UID: c.m.uid, Flags: strings.Join(c.m.flags, " "), Date: c.m.date,
		Size: strconv.Itoa(len(c.m.bytes)), Text: c.m.bytes, Times: 1,
	}
	n.edit(n.hits, it)
	for range it.Times {
		if it.Raw != "" {
			n.raw(it.Raw + "\r\n")
			continue
		}
		if err := n.item(it, wanted); err != nil {
			return err
		}
	}
	return nil
}

func (n *session) item(it *Item, wanted []string) error {
	gap := fmt.Sprintf("* %d FETCH (", it.Seq)
	put := func(text string) {
		n.raw(gap + text)
		gap = " "
	}
	for _, item := range wanted {
		switch item {
		case "UID":
			if !it.NoUID && !it.UIDLast {
				put(fmt.Sprintf("UID %d", it.UID))
			}
		case "FLAGS":
			put("FLAGS (" + it.Flags + ")")
		case "INTERNALDATE":
			put(`INTERNALDATE "` + it.Date + `"`)
		case "RFC822.SIZE":
			put("RFC822.SIZE " + it.Size)
		default:
			if it.NoBody {
				continue
			}
			name, cut, _ := section(item)
			put(name + " ")
			if err := n.text(it, cut(it.Text)); err != nil {
				return err
			}
		}
	}
	if it.UIDLast && !it.NoUID {
		put(fmt.Sprintf("UID %d", it.UID))
	}
	if gap != " " {
		n.raw(gap)
	}
	n.raw(")\r\n")
	return nil
}

// text sends a literal, or what the faults make of it.
func (n *session) text(it *Item, text []byte) error {
	switch {
	case it.NilBody:
		n.raw("NIL")
		return nil
	case it.Quoted && !bytes.ContainsAny(text, "\r\n\x00"):
		n.raw(quote(string(text)))
		return nil
	}
	n.raw("{" + strconv.Itoa(len(text)+it.Announce) + "}\r\n")
	if it.CutAfter > 0 && it.CutAfter < len(text) {
		_, _ = n.w.Write(text[:it.CutAfter])
		return errEnded
	}
	_, _ = n.w.Write(text)
	return nil
}
