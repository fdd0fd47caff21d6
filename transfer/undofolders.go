package transfer

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// FolderLog is the power of a [Checkpoint] to remember which destination folders
// were made by a run.
type FolderLog interface {
	// Made notes one, under the epoch it got; "" is one that came with a folder below
	// it. It is durable with the next Begin or Sync.
	Made(ctx context.Context, to Folder, epoch string) error
}

// MadeFolder is a destination folder that a run has made.
type MadeFolder struct {
	To, Epoch string // its [Folder.Key] and epoch
	// Next is the UID below which nobody but runs has put anything, 0 if an undo has
	// not looked yet.
	Next uint32
}

// Folder is it as the ports know folders.
func (m MadeFolder) Folder() Folder { return Folder{Path: pathOf(m.To), Epoch: m.Epoch} }

// Unmaker is the power of a [Dest] to remove a folder.
type Unmaker interface {
	// Unmake removes a folder that it finds, right before, to be under that epoch,
	// empty, without folders below it, and never to have held a message of that UID
	// or a higher one. Epoch "" is a folder of any epoch, or a mere level. Else it
	// stays, and why tells the reason in words for the user. One that is not there is
	// neither removed nor has a reason.
	Unmake(ctx context.Context, f Folder, epoch string, next uint32) (removed bool, why string, err error)
}

// made notes a folder that a run has made, where the checkpoint can.
func (l *lane) made(to Folder, box Mailbox) error {
	log, ok := l.job.Checkpoint.(FolderLog)
	if !ok || !box.Created {
		return nil
	}
	err := log.Made(l.work, to, box.Epoch)
	for _, path := range box.Above {
		err = errors.Join(err, log.Made(l.work, Folder{Path: path}, ""))
	}
	return l.local(l.work, err)
}

// madeThere are the names of the folders of Made that are there.
func (u *undoing) madeThere() (names []string) {
	for _, m := range u.what.Made {
		if f, there := u.folders[m.To]; there && (m.Epoch == "" || f.Epoch == m.Epoch) {
			names = append(names, f.Name())
		}
	}
	slices.Sort(names)
	return names
}

// noteFilled writes down, before records are forgotten, how far the folders that
// runs have made are theirs.
func (u *undoing) noteFilled() error {
	for i := range u.what.Made {
		m := &u.what.Made[i]
		at := placeKey{m.To, cmp.Or(m.Epoch, u.folders[m.To].Epoch)}
		if m.Next = max(m.Next, u.highest[at]+1); u.what.Filled != nil {
			if err := u.what.Filled(*m); err != nil {
				return &localError{err}
			}
		}
	}
	return nil
}

// unmake removes the folders that runs have made and that nothing is left in, those
// below others first.
func (u *undoing) unmake() error {
	made := slices.Clone(u.what.Made)
	u.there.close() // some servers keep a folder that somebody has open
	slices.SortFunc(made, func(a, b MadeFolder) int {
		return cmp.Or(cmp.Compare(len(pathOf(b.To)), len(pathOf(a.To))), cmp.Compare(a.To, b.To))
	})
	for _, m := range made {
		f, there := u.folders[m.To]
		switch {
		case m.Epoch == "":
			f = m.Folder()
		case !there || f.Epoch != m.Epoch: // gone, or made anew
			f.Path = nil
		}
		if f.Path != nil {
			gone, err := u.unmakeOne(f, m)
			if err != nil {
				return err
			}
			if !gone {
				continue
			}
		}
		if err := u.what.Unmade(m); err != nil {
			return &localError{err}
		}
	}
	slices.Sort(u.undone.Folders)
	return nil
}

// unmakeOne removes one, and reports whether it is not there any more.
func (u *undoing) unmakeOne(f Folder, m MadeFolder) (gone bool, err error) {
	remover, ok := u.dest.(Unmaker)
	if !ok {
		u.undone.Left[f.Name()] = "the destination cannot remove it"
		return false, nil
	}
	removed, why, err := remover.Unmake(u.feed, f, m.Epoch, m.Next)
	switch {
	case err != nil:
		return false, u.dests.fault(err)
	case removed:
		u.undone.Folders = append(u.undone.Folders, f.Name())
	case why != "" && m.Epoch != "": // of what is above others, these tell
		u.undone.Left[f.Name()] = why
	}
	return why == "", nil
}
