// Package imap puts mail into an IMAP server.
//
//  1. [New] signs in; Site lists what is there.
//  2. Open selects a folder; a missing one is created, subscribed and selected
//     in one write.
//  3. Append streams letters in: one goroutine writes, the caller's reads the
//     replies. Where the server knows MULTIAPPEND and LITERAL+, many letters go
//     in one command; with LITERAL+ alone, many commands go without waiting;
//     without, each letter waits for the server's leave.
//  4. Stored and Read tell what the folder holds, for matching after a cut.
//
// The letters of a refused command are sent again one by one, and a letter whose
// keywords are refused is tried without them. No letter is left without a word
// on its fate.
//
// Nothing is ever removed but by Remove, by UID, and by Unmake, a folder in which
// nothing is; only servers with UIDPLUS have them.
package imap

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// tuning bounds what goes out in one command and one write.
type tuning struct {
	groupCount int   // letters in one MULTIAPPEND
	groupBytes int64 // bytes in one MULTIAPPEND, more only for a single letter
	flushBytes int64 // bytes after which single APPENDs are sent on
}

var defaults = tuning{groupCount: 50, groupBytes: 1 << 20, flushBytes: 256 << 10}

// dest is one session, a [transfer.Dest] and [transfer.Reflagger].
type dest struct {
	conn    *imapconn.Conn
	account *Account
	tree    *imapconn.Tree
	tuning

	open  string // key of the selected folder, "" if none is
	first int    // messages it had when it was opened
	name  imapconn.Name
	box   *imapconn.Box
	flags map[transfer.Flag]flagFate // in the selected folder
	zero  bool                       // this server wants days of two digits

	foresee func() (transfer.Folder, bool)
	coming  *opening // asked for ahead

	width   int // connections that Append may use where letters cost a round trip
	helping sync.Mutex
	helpers []*dest // those beside the first

	closing sync.Once
	closed  chan struct{}
}

// uidplusDest is a dest whose server can take single messages back.
type uidplusDest struct{ *dest }

var (
	_ transfer.Dest        = (*dest)(nil)
	_ transfer.Reflagger   = (*dest)(nil)
	_ transfer.Foresighted = (*dest)(nil)
	_ transfer.Wide        = (*dest)(nil)
	_ transfer.Remover     = uidplusDest{}
	_ transfer.Unmaker     = uidplusDest{}
	_ transfer.Reflagger   = uidplusDest{}
	_ transfer.Witness     = uidplusDest{}
)

// Account makes sessions with one mailbox, which know its folders from the one
// that has listed them. Its methods may be called from any goroutine.
type Account struct {
	access dial.Access
	tree   atomic.Pointer[imapconn.Tree] // not changed any more
	made   sync.Map                      // by key, folders that were made and that no Open has told of
}

// NewAccount connects to nothing.
func NewAccount(a dial.Access) *Account { return &Account{access: a} }

// New connects and signs in, for a single session.
func New(ctx context.Context, a dial.Access) (transfer.Dest, error) { return NewAccount(a).New(ctx) }

// New connects and signs in. The Dest is a [transfer.Remover] if the server has
// UIDPLUS (RFC 4315). The caller closes it.
func (a *Account) New(ctx context.Context) (transfer.Dest, error) {
	conn, err := imapconn.Open(ctx, a.access)
	if err != nil {
		return nil, err
	}
	return a.session(conn), nil
}

// Knock is New in two steps, for [transfer.To].
func (a *Account) Knock(ctx context.Context) (transfer.Door[transfer.Dest], error) {
	return imapconn.Knock(ctx, a.access, a.session)
}

func (a *Account) session(conn *imapconn.Conn) transfer.Dest {
	d := &dest{conn: conn, account: a, tuning: defaults, closed: make(chan struct{})}
	if conn.Caps.Has("UIDPLUS") {
		return uidplusDest{d}
	}
	return d
}

// Close ends the session.
func (d *dest) Close() error {
	d.closing.Do(func() { close(d.closed) })
	d.helping.Lock()
	defer d.helping.Unlock()
	for _, h := range d.helpers {
		if h != nil {
			h.conn.Close()
		}
	}
	return d.conn.Close()
}

// Site lists the folders of the personal namespace.
func (d *dest) Site(ctx context.Context) (transfer.Site, error) {
	tree, err := d.conn.Folders(ctx, true)
	if err != nil {
		return transfer.Site{}, err
	}
	d.tree = tree
	d.account.tree.Store(tree.Clone())
	site := transfer.Site{Delimiter: tree.Delimiter, Limit: d.conn.Caps.AppendLimit()}
	for _, f := range tree.Folders {
		out := transfer.Folder{Path: f.Path, Role: transfer.Role(f.Role), Count: f.Messages, Bytes: f.Size}
		if f.Messages == 0 && f.Next != 1 { // it held mail once, and counts may lie
			out.Count = -1
		}
		if f.Validity != 0 {
			out.Epoch = epoch(f.Validity)
		}
		if f.ModSeq > 0 {
			out.State = fmt.Sprintf("%d/%d/%d/%d", f.Validity, f.Next, f.Messages, f.ModSeq)
		}
		site.Folders = append(site.Folders, out)
	}
	return site, nil
}

func epoch(validity uint32) string { return strconv.FormatUint(uint64(validity), 10) }
