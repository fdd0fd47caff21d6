package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Deleter is the power of a [Source] to delete messages for good.
type Deleter interface {
	// Delete deletes those of ms that are there, and ends the session, which is
	// only good for Close then. left are those that the server would not delete,
	// by ID, with its words. An error means that nobody knows whether anything
	// was deleted: list again to see.
	Delete(ctx context.Context, f Folder, ms []Message) (left map[string]error, err error)
}

// DeletionLog is the power of a [Checkpoint] to remember what was deleted at the
// sources.
type DeletionLog interface {
	// Deleting notes that these are about to be deleted. When it returns, that
	// survives a crash. Deleted notes that they are deleted, Spared that they are
	// not.
	Deleting(ctx context.Context, rs []Record) error
	Deleted(ctx context.Context, rs []Record) error
	Spared(ctx context.Context, rs []Record) error
	// Undecided answers the IDs in the book of which only Deleting was noted.
	Undecided(ctx context.Context, book int64) ([]string, error)
}

// Clearing says what [Clear] may do.
type Clearing struct {
	// Max is how many messages may be deleted at most; 0 is no bound.
	Max int
	// Confirm is asked once, when it is known how many messages would be deleted;
	// an error ends Clear before any of them is. nil confirms.
	Confirm func(ctx context.Context, n int) error
}

// Cleared is what [Clear] has done.
type Cleared struct {
	Deleted int
	Unsure  int // asked to be deleted; the server did not say that they are
	Over    int // proved to be at the destination, not deleted because of Max
	Kept    []Staying
}

// Staying are messages that stay at their source.
type Staying struct {
	Source string
	Why    string
	Count  int
}

// Clear deletes at those sources of the job that can do it ([Deleter]) each message
// that is proved to be at the destination: a fresh read of it there has the bytes
// that were carried, and the message at the source is still the one they came from.
// It follows a [Run] of the same job.
//
//	know     list the source: what has arrived by the checkpoint, and who it is
//	         now: by its headers, by its bytes where these say little
//	prove    read each at the destination: equal digest, not marked as deleted
//	confirm  ask the user
//	delete   write down which; in a fresh session list again, delete, and believe
//	         it when the server has confirmed the end of the session
//
// Whatever is in doubt stays, and is told.
func Clear(ctx context.Context, job Job, c Clearing) (Cleared, error) {
	r := newRun(ctx, job)
	defer r.close()
	k := &clearing{run: r, Clearing: c, kept: map[keptKey]int{}}
	journal, ok := r.job.Checkpoint.(DeletionLog)
	if !ok {
		return k.done, &localError{errors.New("nothing is deleted: the checkpoint cannot remember it")}
	}
	k.journal = journal
	err := k.through()
	k.done.Kept = k.tellKept()
	if serr := r.job.Checkpoint.Sync(r.work); err == nil && serr != nil {
		err = &localError{serr}
	}
	if err == nil && r.feed.Err() != nil {
		err = context.Cause(r.feed)
	}
	return k.done, err
}

// clearing is one call of [Clear].
type clearing struct {
	*run
	Clearing
	journal DeletionLog
	shelves []*clearShelf
	kept    map[keptKey]int
	order   []keptKey
	done    Cleared
}

type keptKey struct {
	source int
	why    string
}

// clearShelf is one source folder, and what may be deleted from it.
type clearShelf struct {
	source int
	from   Folder
	book   int64
	goes   []*parting
}

// parting is a message that may leave its source.
type parting struct {
	m      Message
	rec    Record
	proved bool
}

func (k *clearing) through() error {
	for i := range k.sources {
		if err := k.know(i); err != nil {
			return err
		}
	}
	if err := k.prove(); err != nil {
		return err
	}
	n := k.choose()
	if n == 0 || k.feed.Err() != nil {
		return nil
	}
	if k.Confirm != nil {
		if err := k.Confirm(k.feed, n); err != nil {
			return err
		}
	}
	for _, s := range k.shelves {
		if err := k.delete(s); err != nil {
			return err
		}
	}
	return nil
}

// keep counts messages that stay.
func (k *clearing) keep(source int, why string, n int) {
	if n == 0 {
		return
	}
	key := keptKey{source, why}
	if !slices.Contains(k.order, key) {
		k.order = append(k.order, key)
	}
	k.kept[key] += n
}

func (k *clearing) tellKept() (all []Staying) {
	for _, key := range k.order {
		if n := k.kept[key]; n > 0 {
			all = append(all, Staying{Source: k.job.Sources[key.source].Name, Why: key.why, Count: n})
		}
	}
	return all
}

// choose leaves what is proved, as far as Max allows, and counts it.
func (k *clearing) choose() (n int) {
	for _, s := range k.shelves {
		var goes []*parting
		for _, g := range s.goes {
			switch {
			case !g.proved:
			case k.Max > 0 && n == k.Max:
				k.done.Over++
			default:
				goes = append(goes, g)
				n++
			}
		}
		s.goes = goes
	}
	return n
}

// delete deletes what is left of a shelf. A lost connection is tried again: the
// list tells what is gone.
func (k *clearing) delete(s *clearShelf) error {
	if len(s.goes) == 0 {
		return nil
	}
	rs := make([]Record, len(s.goes))
	for i, g := range s.goes {
		rs[i] = g.rec
	}
	if err := k.journal.Deleting(k.run.work, rs); err != nil {
		return &localError{err}
	}
	side := k.sources[s.source]
	asked := false
	left, err := consult(k.run, side, "delete messages", func(src Source, ctx context.Context) (map[string]error, error) {
		there, err := listAll(ctx, src, s.from)
		if err != nil {
			return nil, err
		}
		left, todo := k.remaining(s, there, asked)
		if len(todo) == 0 {
			return left, nil
		}
		asked = true
		refused, err := src.(Deleter).Delete(ctx, s.from, todo)
		for id, why := range refused {
			left[id] = why
		}
		return left, err
	})
	side.close() // the session is over
	if err != nil {
		if asked {
			k.done.Unsure += len(s.goes)
		}
		return err
	}
	return k.settleDeleted(s, rs, left)
}

// remaining are the messages of a shelf that are still there, as they were, and
// those that must stay, by ID. What is gone was deleted if it had been asked for.
func (k *clearing) remaining(s *clearShelf, there map[string]Message, asked bool) (left map[string]error, todo []Message) {
	left = map[string]error{}
	for _, g := range s.goes {
		m, ok := there[g.m.ID]
		switch {
		case !ok && !asked:
			left[g.m.ID] = ErrVanished
		case ok && m.Size != g.m.Size:
			left[g.m.ID] = errors.New(whyOther)
		case ok:
			todo = append(todo, m)
		}
	}
	return left, todo
}

// settleDeleted books how it ended.
func (k *clearing) settleDeleted(s *clearShelf, rs []Record, left map[string]error) error {
	var gone, spared []Record
	for _, r := range rs {
		why, kept := left[r.ID]
		switch {
		case !kept:
			gone = append(gone, r)
		case errors.Is(why, ErrVanished):
			spared = append(spared, r)
		default:
			spared = append(spared, r)
			k.keep(s.source, why.Error(), 1)
		}
	}
	k.done.Deleted += len(gone)
	e := Event{Kind: EventDeleted, Source: k.job.Sources[s.source].Name, From: s.from.Name(), Count: len(gone)}
	k.ledger.tell(e)
	if err := k.journal.Spared(k.run.work, spared); err != nil {
		return &localError{err}
	}
	if err := k.journal.Deleted(k.run.work, gone); err != nil {
		return &localError{err}
	}
	return nil
}

// listAll lists a folder by ID.
func listAll(ctx context.Context, src Source, f Folder) (map[string]Message, error) {
	there := map[string]Message{}
	f.Since = "" // nothing is to be left out
	for m, err := range src.List(ctx, f, "") {
		if err != nil {
			return nil, fmt.Errorf("list messages: %w", err)
		}
		there[m.ID] = m
	}
	return there, nil
}
