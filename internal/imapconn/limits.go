package imapconn

import (
	"fmt"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// Limits on what a server may send. Each lies well above what real servers do;
// beyond it the session ends with an error that says which. The longest line is
// [dial.MaxLine].
const (
	// maxDepth is how deep parentheses may nest. We ask for nothing that has
	// more than three levels, the rest is skipped.
	maxDepth = 32
	// maxText is a literal that is kept in memory, or of a header, in bytes: the
	// longest headers seen are of mail to thousands of people, about 300 KB.
	maxText = 1 << 20
	// maxBody is a message, in bytes. Providers take 25 to 150 MB.
	maxBody = 2 << 30
	// maxName is the name of a folder or of a namespace, maxFlag of a flag, in
	// bytes: file systems allow names of 255 bytes a level.
	maxName = 8 << 10
	maxFlag = 1 << 10
	// maxFlags is the flags of a message or the attributes of a folder, in
	// bytes, 16 more for each: a hundred keywords of twenty letters. maxBoxFlags
	// is those that a folder knows in all.
	maxFlags    = 4 << 10
	maxBoxFlags = 256 << 10
	// maxCaps is a list of capabilities, in bytes; the longest seen have 800.
	maxCaps = 16 << 10
	// maxWords is what is kept of the text of a reply, in bytes: people read it.
	maxWords = 1000
	// maxFolders is how many folders may be listed, and maxListing what their
	// names take, in bytes with perLevel for each level: the largest trees that
	// are known, of shared archives, have 50,000 folders.
	maxFolders = 100_000
	maxListing = 16 << 20
	perLevel   = 32
	// maxNamespaces is how many namespaces there may be; Cyrus has 3.
	maxNamespaces = 100
	// maxExists is how many messages a folder may have; 3 million are known.
	maxExists = 20_000_000
	// maxResponse is how many lines one response may have. There is one more for
	// each literal in it: an ENVELOPE, which we never ask for, has two for each
	// address at most.
	maxResponse = 10_000
	// maxReplies is how many responses may come before the next tagged one: two
	// for each folder there may be, and perMessage for each message in the
	// selected folder, which other clients may mark and delete while it is
	// listed; but never more than mostReplies. A long line counts once for each
	// longLine bytes of it. maxUnwanted is how many of them may
	// be neither about messages nor of any use, like "OK Hang in there.." (Dovecot).
	maxReplies  = 2*maxFolders + 100_000
	perMessage  = 3
	mostReplies = 10_000_000
	longLine    = 256
	maxUnwanted = 10_000
	// maxSkipped is how many bytes nobody wants may come before the next tagged
	// reply or text: messages that came too early to be kept.
	maxSkipped = 256 << 20
	// maxSearch is the line of a SEARCH, in bytes: three million UIDs of ten digits.
	maxSearch = 32 << 20
	// maxStray is how many requests to go on may come that nobody waits for.
	maxStray = 100
	// maxIdle is how often the timeout of the connection may pass with nothing
	// but replies that nobody wants: half an hour. Dovecot says "OK Hang in there.."
	// every 15 s while it works.
	maxIdle = 15
	// maxUntrue and moreUntrue are how much longer a text may be than the server
	// has said, as a factor and in bytes: Exchange tells the size of what it
	// stores, not of what it sends.
	maxUntrue  = 4
	moreUntrue = 16 << 20
	// maxSize and maxTotal are the sizes of a message and of a folder that are
	// believed, in bytes: their sum over all folders stays within 63 bits.
	maxSize  = 1 << 40
	maxTotal = 1 << 45
)

// excess is the error for a server that goes beyond a limit. Asking again would
// bring the same.
type excess struct{ text string }

func (e *excess) Error() string { return e.text }

// Permanent is always true.
func (e *excess) Permanent() bool { return true }

func tooMuch(format string, args ...any) error {
	return &excess{"the server sends without end: " + fmt.Sprintf(format, args...)}
}

// noise is what came since the last tagged reply and was of no use, or came too
// often to be of use.
type noise struct {
	replies  int
	unwanted int
	strays   int       // requests to go on
	idle     time.Time // since when nothing was wanted, zero if it was
	skipped  int64
}

// response counts one.
func (c *Conn) response() error {
	if c.in.replies += 1 + len(c.in.line)/longLine; c.in.replies <= maxReplies {
		return nil
	}
	most := maxReplies
	if c.box != nil {
		most = min(maxReplies+perMessage*c.box.Exists, mostReplies)
	}
	if c.in.replies > most {
		return tooMuch("more than %d replies to one command", most)
	}
	return nil
}

// stray counts a request to go on.
func (n *noise) stray() error {
	if n.strays++; n.strays > maxStray {
		return tooMuch("more than %d requests to go on, with nothing left to send", maxStray)
	}
	return nil
}

// skip counts bytes that nobody wants.
func (n *noise) skip(bytes int64) error {
	if n.skipped += bytes; n.skipped > maxSkipped {
		return tooMuch("more than %d bytes that nobody has asked for", maxSkipped)
	}
	return nil
}

// unwanted notes a response of that kind that nobody wants.
func (c *Conn) unwanted(kind string) error {
	switch kind {
	case "EXISTS", "EXPUNGE", "FETCH", "RECENT": // other clients are at work
	default:
		if c.in.noise.unwanted++; c.in.noise.unwanted > maxUnwanted {
			return tooMuch("more than %d replies that nobody has asked for", maxUnwanted)
		}
	}
	now := time.Now()
	if c.in.idle.IsZero() {
		c.in.idle = now
		return nil
	}
	a := c.conn.Access()
	timeout := a.Timeout
	if timeout <= 0 {
		timeout = dial.DefaultTimeout
	}
	if idle := now.Sub(c.in.idle); idle > maxIdle*timeout {
		return &dial.Error{Kind: dial.Timeout, Greeted: true, Text: fmt.Sprintf("%s: nothing but replies that nobody has asked for in %v", a.Host, idle.Round(time.Second))}
	}
	return nil
}
