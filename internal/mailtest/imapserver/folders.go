package imapserver

import (
	"fmt"
	"slices"
	"strings"
)

// folderCommand finds what carries out a command about folders. It is called
// with the account locked.
func (n *session) folderCommand(c *command) func(args []token) string {
	switch c.name {
	case "NAMESPACE":
		return n.namespace
	case "ENABLE":
		return n.enable
	case "LIST", "LSUB":
		return func(args []token) string { return n.list(args, c.name) }
	case "STATUS":
		return n.status
	case "CREATE":
		return n.create
	case "DELETE":
		return n.delete
	case "SUBSCRIBE", "UNSUBSCRIBE":
		return func(args []token) string { return n.subscribe(args, c.name == "SUBSCRIBE") }
	case "SELECT", "EXAMINE":
		return func(args []token) string { return n.choose(args, c.name == "EXAMINE") }
	case "UNSELECT", "CLOSE":
		return func([]token) string { return n.leave(c.name == "CLOSE") }
	}
	return nil
}

func (n *session) enable([]token) string {
	n.line("* ENABLED")
	return "OK done"
}

func (n *session) delimiter() string {
	if n.options.Delimiter == "" {
		return "NIL"
	}
	return quote(n.options.Delimiter)
}

func (n *session) namespace([]token) string {
	n.line(fmt.Sprintf("* NAMESPACE ((%s %s)) NIL NIL", quote(n.options.Prefix), n.delimiter()))
	return "OK done"
}

// list is LIST and LSUB with what they may be asked to return.
func (n *session) list(args []token, how string) string {
	if len(args) > 0 && args[0].kind == openToken { // selection options
		var options []token
		options, args = list(args)
		if slices.Contains(upper(options), "SUBSCRIBED") {
			how = "LIST SUBSCRIBED"
		}
	}
	if len(args) < 2 {
		return "BAD two arguments"
	}
	patterns, rest := list(args[1:])
	if len(rest) > 0 && strings.EqualFold(rest[0].text, "RETURN") {
		rest, _ = list(rest[1:])
	}
	if len(patterns) == 1 && patterns[0].string() == "" {
		n.line(fmt.Sprintf(`* %s (\Noselect) %s ""`, how[:4], n.delimiter()))
		return "OK done"
	}
	for _, key := range slices.Clone(n.account.order) {
		box := n.account.boxes[key]
		if how != "LIST" && !n.account.subscribed[key] {
			continue
		}
		for _, p := range patterns {
			if matches(args[0].string()+p.string(), box.name, n.options.Delimiter) {
				n.listed(box, rest, how)
				break
			}
		}
	}
	return "OK done"
}

// listed sends one line of LIST, and STATUS with it.
func (n *session) listed(box *mailbox, returns []token, how string) {
	attrs := box.attrs
	if slices.Contains(upper(returns), "CHILDREN") {
		attrs = strings.TrimSpace(attrs + " " + n.children(box))
	}
	n.line(fmt.Sprintf("* %s (%s) %s %s", how[:4], attrs, n.delimiter(), quote(box.name)))
	for i, t := range returns {
		if strings.EqualFold(t.text, "STATUS") && n.account.box(box.name) != nil {
			items, _ := list(returns[i+1:])
			n.tell(box, box.name, upper(items))
		}
	}
}

func (n *session) children(box *mailbox) string {
	if n.options.Delimiter != "" {
		for _, key := range n.account.order {
			if strings.HasPrefix(n.account.boxes[key].name, box.name+n.options.Delimiter) {
				return `\HasChildren`
			}
		}
	}
	return `\HasNoChildren`
}

func upper(args []token) []string {
	var out []string
	for _, t := range args {
		out = append(out, strings.ToUpper(t.string()))
	}
	return out
}

func (n *session) status(args []token) string {
	if len(args) < 2 {
		return "BAD two arguments"
	}
	box := n.account.box(args[0].string())
	if box == nil {
		return "NO [NONEXISTENT] there is no such folder"
	}
	items, _ := list(args[1:])
	n.tell(box, args[0].string(), upper(items))
	return "OK done"
}

// tell sends a STATUS line.
func (n *session) tell(box *mailbox, name string, items []string) {
	var out []string
	for _, item := range items {
		switch item {
		case "MESSAGES":
			out = append(out, fmt.Sprint("MESSAGES ", len(box.messages)))
		case "UIDNEXT":
			out = append(out, fmt.Sprint("UIDNEXT ", box.next))
		case "UIDVALIDITY":
			out = append(out, fmt.Sprint("UIDVALIDITY ", box.validity))
		case "SIZE":
			out = append(out, fmt.Sprint("SIZE ", box.size))
		case "HIGHESTMODSEQ":
			out = append(out, fmt.Sprint("HIGHESTMODSEQ ", box.modseq))
		case "UNSEEN", "RECENT":
			out = append(out, item+" 0")
		}
	}
	n.line(fmt.Sprintf("* STATUS %s (%s)", quote(name), strings.Join(out, " ")))
}

func (n *session) create(args []token) string {
	if len(args) == 0 {
		return "BAD one argument"
	}
	name := args[0].string()
	if d := n.options.Delimiter; d != "" {
		name = strings.TrimSuffix(name, d)
		if at := strings.LastIndex(name, d); n.options.NeedParents && at >= 0 && n.account.boxes[n.key(name[:at])] == nil {
			return "NO the parent folder does not exist"
		}
	}
	if n.account.boxes[n.key(name)] != nil {
		return "NO [ALREADYEXISTS] the folder is there"
	}
	box := n.account.make(name)
	if len(args) > 3 && strings.EqualFold(args[2].text, "USE") {
		use, _ := list(args[3:])
		box.attrs = strings.Join(texts(use), " ")
	}
	return "OK done"
}

func (n *session) delete(args []token) string {
	if len(args) == 0 || n.account.boxes[n.key(args[0].string())] == nil {
		return "NO [NONEXISTENT] there is no such folder"
	}
	n.account.remove(args[0].string())
	return "OK done"
}

func (n *session) subscribe(args []token, yes bool) string {
	if len(args) == 0 || n.account.boxes[n.key(args[0].string())] == nil {
		return "NO [NONEXISTENT] there is no such folder"
	}
	n.account.subscribed[n.key(args[0].string())] = yes
	return "OK done"
}

// choose is SELECT and EXAMINE.
func (n *session) choose(args []token, readOnly bool) string {
	n.open, n.view = nil, nil
	if len(args) == 0 {
		return "BAD one argument"
	}
	box := n.account.box(args[0].string())
	if box == nil {
		return "NO [NONEXISTENT] there is no such folder"
	}
	n.open, n.readOnly, n.gone = box, readOnly, box.gone
	for _, m := range box.messages {
		n.view = append(n.view, m.uid)
	}
	permanent := n.options.Permanent
	if readOnly {
		permanent = ""
	}
	n.line(`* FLAGS (\Answered \Flagged \Deleted \Seen \Draft)`)
	n.line(fmt.Sprintf("* OK [PERMANENTFLAGS (%s)] flags that last", permanent))
	n.line(fmt.Sprintf("* %d EXISTS", len(n.view)))
	n.line("* 0 RECENT")
	n.line(fmt.Sprintf("* OK [UIDVALIDITY %d] valid", box.validity))
	n.line(fmt.Sprintf("* OK [UIDNEXT %d] next", box.next))
	if n.has("CONDSTORE") {
		n.line(fmt.Sprintf("* OK [HIGHESTMODSEQ %d] highest", box.modseq))
	}
	if readOnly {
		return "OK [READ-ONLY] open"
	}
	return "OK [READ-WRITE] open"
}

func (n *session) leave(expunge bool) string {
	if n.open != nil && expunge && !n.readOnly {
		n.open.expunge(isDeleted)
	}
	n.open, n.view = nil, nil
	return "OK done"
}
