package imapconn

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// listing gathers the replies.
type listing struct {
	entries  []entry
	status   map[Name]Status
	ask      bool // for status
	personal []namespace
	others   []namespace
	bytes    int // what the names take, see maxListing
}

// weigh counts a name that is to be kept.
func (l *listing) weigh(name []byte, levels int) error {
	l.bytes += len(name) + perLevel*levels
	switch {
	case len(name) > maxName:
		return tooMuch("a folder name of %d bytes", len(name))
	case len(l.entries) >= maxFolders, len(l.status) >= maxFolders:
		return tooMuch("more than %d folders", maxFolders)
	case l.bytes > maxListing:
		return tooMuch("folder names of more than %d bytes", maxListing)
	}
	return nil
}

type entry struct {
	wire  Name
	delim string
	attrs []string
}

// Folders lists the folders, sorted by path, INBOX first. With their Status it
// takes one round trip where the server knows LIST-STATUS (RFC 5819), else two.
func (c *Conn) Folders(ctx context.Context, status bool) (*Tree, error) {
	l := &listing{status: make(map[Name]Status), ask: status}
	var tree *Tree
	err := c.Within(ctx, func() error {
		if err := c.list(l); err != nil {
			return fmt.Errorf("listing folders: %w", err)
		}
		tree = l.tree()
		if !status {
			return nil
		}
		if err := c.askStatus(l, tree); err != nil {
			return fmt.Errorf("looking at folders: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range tree.Folders {
		f := &tree.Folders[i]
		if s, ok := l.status[f.Wire]; ok {
			f.Status = s
		}
	}
	return tree, nil
}

// list asks for names and namespaces in one write. A server that refuses what
// it has offered is asked in the plain form.
func (c *Conn) list(l *listing) error {
	var ns *Pending
	if c.Caps.Has("NAMESPACE") {
		ns = c.queue(l.takeNamespace, "NAMESPACE")
	}
	p := c.queue(l.take, `LIST "" "*"`, c.returnOptions(l.ask))
	err := c.Wait(p)
	var refused *Error
	if errors.As(err, &refused) && c.failed() == nil && c.returnOptions(l.ask) != "" {
		l.entries = nil
		err = c.Wait(c.queue(l.take, `LIST "" "*"`))
	}
	if err != nil {
		return err
	}
	if ns != nil {
		if err := c.Wait(ns); err != nil && c.failed() != nil {
			return err
		}
	}
	return c.listInbox(l)
}

// listInbox looks for INBOX where the list leaves it out: there is one as a
// rule, RFC 3501 section 5.1, and its mail must not be forgotten.
func (c *Conn) listInbox(l *listing) error {
	e := entry{wire: "INBOX"}
	for _, other := range l.entries {
		if other.wire == e.wire {
			return nil
		}
		e.delim = other.delim
	}
	p := c.queue(l.take, "STATUS ", e.wire, " "+c.statusItems())
	if err := c.Wait(p); err != nil {
		if c.failed() != nil {
			return err
		}
		return nil // there is none
	}
	l.entries = append(l.entries, e)
	return nil
}

// returnOptions is what LIST shall tell besides names, RFC 5258 and 5819.
func (c *Conn) returnOptions(status bool) string {
	if !c.Caps.Has("LIST-EXTENDED") {
		return ""
	}
	options := "CHILDREN"
	if c.Caps.Has("SPECIAL-USE") {
		options = "SPECIAL-USE " + options
	}
	if status && c.Caps.Has("LIST-STATUS") {
		options += " STATUS " + c.statusItems()
	}
	return " RETURN (" + options + ")"
}

// take reads LIST and STATUS replies.
func (l *listing) take(r *reader, _ uint32, kind string, _ *Reply) (bool, error) {
	switch kind {
	case "STATUS":
		return true, l.takeStatus(r)
	case "LIST", "XLIST":
	default:
		return false, nil
	}
	attrs, _, err := r.flags(nil, maxFlags)
	if err != nil {
		return true, err
	}
	delim, isNil, err := r.str()
	if err != nil {
		return true, err
	}
	e := entry{attrs: attrs}
	if !isNil {
		e.delim = string(delim[:min(len(delim), 1)])
	}
	name, err := r.lastName()
	if err != nil {
		return true, err
	}
	levels := 1
	if e.delim != "" {
		levels += strings.Count(string(name), e.delim)
	}
	if err := l.weigh(name, levels+len(attrs)); err != nil {
		return true, err
	}
	e.wire = inboxName(name)
	l.entries = append(l.entries, e)
	return true, nil
}

// holdsMail tells folders from mere levels of the hierarchy.
func (e entry) holdsMail() bool {
	for _, a := range e.attrs {
		if strings.EqualFold(a, `\Noselect`) || strings.EqualFold(a, `\NonExistent`) {
			return false
		}
	}
	return true
}

// roles holds the attributes of RFC 6154 and 8457, and of Gmail's older XLIST.
var roles = map[string]string{
	`\all`: "all", `\archive`: "archive", `\drafts`: "drafts", `\flagged`: "flagged", `\junk`: "junk",
	`\sent`: "sent", `\trash`: "trash", `\important`: "important",
	`\allmail`: "all", `\starred`: "flagged", `\spam`: "junk", `\inbox`: "inbox",
}

func (e entry) role() string {
	for _, a := range e.attrs {
		if role := roles[strings.ToLower(a)]; role != "" {
			return role
		}
	}
	return ""
}
