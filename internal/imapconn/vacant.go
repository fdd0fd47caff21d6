package imapconn

import "strings"

// Vacancy is how a folder that is not selected stands.
type Vacancy struct {
	There bool // LIST has it
	Mail  bool // it can hold messages, and is no mere level of the hierarchy
	Below int  // folders and levels below it
	Status
}

// Vacant asks how a folder stands, in one write.
func (c *Conn) Vacant(box Name, delimiter string) (v Vacancy, err error) {
	l := &listing{status: make(map[Name]Status)}
	asked := []*Pending{c.queue(l.take, `LIST "" `, box)}
	under := string(box) + delimiter
	if delimiter != "" { // a wildcard in the name lists too much, which is left out below
		asked = append(asked, c.queue(l.take, `LIST "" `, Name(under+"*")))
	}
	status := c.queue(l.take, "STATUS ", box, " (MESSAGES UIDNEXT UIDVALIDITY)")
	if err := c.WaitAll(asked...); err != nil {
		return v, err
	}
	for _, e := range l.entries {
		switch {
		case e.wire == box:
			v.There, v.Mail = true, e.holdsMail()
		case delimiter != "" && strings.HasPrefix(string(e.wire), under) && len(e.wire) > len(under):
			v.Below++
		}
	}
	if err := c.Wait(status); err != nil && (v.Mail || c.failed() != nil) {
		return v, err
	}
	v.Status = l.status[box]
	return v, nil
}
