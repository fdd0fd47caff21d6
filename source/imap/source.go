// Package imap reads mail from an IMAP server. Nothing is changed there: folders
// are opened with EXAMINE, texts are fetched with PEEK.
//
//  1. [New] signs in; [Source.Folders] lists the user's own folders with their
//     counts in one or two round trips.
//  2. [Source.List] tells UIDs, flags, dates and sizes, EXAMINE and the first
//     UID FETCH in one write.
//  3. [Source.Fetch] streams the texts; requests overlap, so the line is never idle.
//
// A message's ID is its UID, a folder's epoch its UIDVALIDITY.
package imap

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// examineAhead is how many folders are opened in one write.
const examineAhead = 100

// Source is one session, a [transfer.Source] and [transfer.Identifier].
type Source struct {
	conn    *imapconn.Conn
	account *Account
	tree    *imapconn.Tree

	open  string // key of the folder that is selected, "" if none is
	epoch string
	box   *imapconn.Box

	foresee func() (transfer.Folder, bool)
	coming  *lister // asked for ahead
	left    *lister // broken off, where nothing else was opened since
	texts   *texts  // of the open folder, if they were asked for with its list
	wordy   bool    // the server has refused to be brief
}

var (
	_ transfer.Source      = (*Source)(nil)
	_ transfer.Identifier  = (*Source)(nil)
	_ transfer.Foresighted = (*Source)(nil)
	_ transfer.Divisible   = (*Source)(nil)
)

// Account makes sessions with one mailbox, which know its folders from the one
// that has listed them. Its methods may be called from any goroutine.
type Account struct {
	access dial.Access
	tree   atomic.Pointer[imapconn.Tree] // not changed any more
}

// NewAccount connects to nothing.
func NewAccount(a dial.Access) *Account { return &Account{access: a} }

// New connects and signs in. The caller closes the Source.
func (a *Account) New(ctx context.Context) (*Source, error) {
	conn, err := imapconn.Open(ctx, a.access)
	if err != nil {
		return nil, err
	}
	return &Source{conn: conn, account: a}, nil
}

// Knock is New in two steps, for [transfer.From].
func (a *Account) Knock(ctx context.Context) (transfer.Door[transfer.Source], error) {
	return imapconn.Knock(ctx, a.access, func(conn *imapconn.Conn) transfer.Source { return &Source{conn: conn, account: a} })
}

// New connects and signs in, for a single session. The caller closes the Source.
func New(ctx context.Context, a dial.Access) (*Source, error) { return NewAccount(a).New(ctx) }

// Divides implements [transfer.Divisible]: providers bound the rate of a connection.
func (s *Source) Divides() {}

// Close ends the session.
func (s *Source) Close() error { return s.conn.Close() }

// Folders lists the folders of the personal namespace.
func (s *Source) Folders(ctx context.Context) ([]transfer.Folder, error) {
	tree, err := s.conn.Folders(ctx, true)
	if err != nil {
		return nil, err
	}
	s.tree = tree
	defer s.account.tree.Store(tree)
	if err := s.conn.Within(ctx, func() error { return s.learnEpochs(tree.Folders) }); err != nil {
		return nil, fmt.Errorf("looking into folders: %w", err)
	}
	out := make([]transfer.Folder, len(tree.Folders))
	for i, f := range tree.Folders {
		out[i] = folder(f)
	}
	return out, nil
}

// learnEpochs opens the folders of which the server tells no UIDVALIDITY
// otherwise, some in one write: it refuses STATUS, or leaves it out there. One
// that cannot be opened stays as it is; List will tell why.
func (s *Source) learnEpochs(folders []imapconn.Folder) error {
	var unknown []*imapconn.Folder
	for i := range folders {
		if folders[i].Validity == 0 {
			unknown = append(unknown, &folders[i])
		}
	}
	for some := range slices.Chunk(unknown, examineAhead) {
		ps, boxes := make([]*imapconn.Pending, len(some)), make([]*imapconn.Box, len(some))
		for i, f := range some {
			ps[i], boxes[i] = s.conn.QueueSelect(true, f.Wire)
		}
		s.open, s.coming = "", nil
		for i, p := range ps {
			switch err := s.conn.Wait(p); {
			case err == nil:
				some[i].Validity, some[i].Next, some[i].Messages = boxes[i].Validity, boxes[i].Next, boxes[i].Exists
			case imapconn.Refusal(err) == nil:
				return err
			}
		}
	}
	return nil
}

func folder(f imapconn.Folder) transfer.Folder {
	out := transfer.Folder{Path: f.Path, Role: transfer.Role(f.Role), Epoch: epoch(f.Validity), Count: f.Messages, Bytes: f.Size}
	if f.Known && f.ModSeq > 0 {
		out.State = standing(f.Status).String()
	} else if f.Known {
		out.Mark = standing(f.Status).String()
	}
	return out
}

// epoch is "" where the server tells no UIDVALIDITY.
func epoch(validity uint32) string {
	if validity == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(validity), 10)
}

// find is what the server calls the folder, and what it told of it.
func (s *Source) find(ctx context.Context, f transfer.Folder) (imapconn.Folder, error) {
	if s.tree == nil {
		s.tree = s.account.tree.Load()
	}
	if s.tree == nil {
		if _, err := s.Folders(ctx); err != nil {
			return imapconn.Folder{}, err
		}
	}
	if found, ok := s.tree.Lookup(f.Path); ok {
		return found, nil
	}
	name, err := s.tree.Wire(f.Path) // maybe made meanwhile: EXAMINE will tell
	return imapconn.Folder{Wire: name, Path: f.Path, Status: imapconn.Status{Messages: -1}}, err
}

// examine selects the folder unless it is selected. Nothing of it is on its way then.
func (s *Source) examine(ctx context.Context, f transfer.Folder) error {
	if s.isOpen(f) {
		return s.skipTexts()
	}
	found, err := s.find(ctx, f)
	if err != nil {
		return err
	}
	p := s.queueExamine(found.Wire)
	return s.examined(f, s.conn.Wait(p))
}

func (s *Source) isOpen(f transfer.Folder) bool { return s.open == f.Key() && s.epoch == f.Epoch }

// Count asks the server how many messages the folder holds now.
func (s *Source) Count(ctx context.Context, f transfer.Folder) (n int, err error) {
	err = s.conn.Within(ctx, func() error {
		s.open = ""
		err := s.examine(ctx, f)
		if err == nil {
			n = s.box.Exists
		}
		return err
	})
	return n, err
}

func (s *Source) queueExamine(name imapconn.Name) *imapconn.Pending {
	s.open, s.coming, s.left, s.texts = "", nil, nil, nil
	p, box := s.conn.QueueSelect(true, name)
	s.box = box
	return p
}

// examined checks that the folder is still the one that was listed.
func (s *Source) examined(f transfer.Folder, err error) error {
	if err != nil {
		return fmt.Errorf("opening %q: %w", f.Name(), err)
	}
	if now := epoch(s.box.Validity); now != f.Epoch {
		return &remadeError{f, now}
	}
	s.open, s.epoch = f.Key(), f.Epoch
	return nil
}

// remadeError: the folder is not the one that was listed, see [transfer.Remade].
type remadeError struct {
	folder transfer.Folder
	now    string
}

func (e *remadeError) Error() string {
	return fmt.Sprintf("opening %q: the folder was made anew since it was listed (UIDVALIDITY was %q, is %q)", e.folder.Name(), e.folder.Epoch, e.now)
}

// Remade is always true.
func (e *remadeError) Remade() bool { return true }

// uid reads an ID; ok is false for what no IMAP server gave.
func uid(id string) (n uint32, ok bool) {
	v, err := strconv.ParseUint(id, 10, 32)
	return uint32(v), err == nil && v > 0
}

func flags(names []string) []transfer.Flag {
	if len(names) == 0 {
		return nil
	}
	out := make([]transfer.Flag, len(names))
	for i, n := range names {
		out[i] = transfer.Flag(n)
	}
	return out
}
