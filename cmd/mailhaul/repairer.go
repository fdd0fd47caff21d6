package main

import (
	"context"
	"errors"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// repairBatch is how many findings are written down at a time.
const repairBatch = 512

// repairer turns what a verification finds into what the checkpoint knows: what
// was found has arrived, what is missing has not. A copy then brings just that.
// It changes flags at the destination itself.
type repairer struct {
	ctx   context.Context
	kinds []string
	log   *checkpoint.Log
	to    transfer.To
	dest  transfer.Dest // nil until flags are to be changed

	// By book: what is there, what is to be sent again beside an altered copy, and
	// what is missing.
	adopt, forget, gone map[int64][]transfer.Record
	twins               twins

	reflags map[string][]transfer.Reflag
	folders map[string]transfer.Folder

	missing, flags int
}

func newRepairer(ctx context.Context, kinds []string, log *checkpoint.Log, to transfer.To) *repairer {
	return &repairer{
		ctx: ctx, kinds: kinds, log: log, to: to,
		adopt: map[int64][]transfer.Record{}, forget: map[int64][]transfer.Record{}, gone: map[int64][]transfer.Record{},
		twins:   twins{log: log, strays: map[spot]stray{}},
		reflags: map[string][]transfer.Reflag{}, folders: map[string]transfer.Folder{},
	}
}

func (r *repairer) wants(kind string) bool { return slices.Contains(r.kinds, kind) }

// matched notes that a message is there.
func (r *repairer) matched(m transfer.Match) error {
	book, err := r.log.Enter(r.ctx, m.Source, m.From, m.Target)
	if err != nil {
		return err
	}
	rec := transfer.Record{
		Book: book.ID, ID: m.ID, Fate: transfer.Adopted, To: m.To.Key(), Epoch: m.To.Epoch, UID: m.UID,
		Size: m.Size, Digest: m.Digest, Ident: m.Ident, Flags: m.Flags, Date: m.Date,
	}
	switch {
	case !m.Altered:
		return r.queue(r.adopt, rec)
	case !r.wants(repairBytes):
		return r.adoptNew(rec)
	}
	// The altered copy stays and stands for nothing any more, so that it is not taken
	// for the message that it was.
	r.missing++
	if err := r.log.Spoil(r.ctx, m.To, m.To.Epoch, m.UID); err != nil {
		return err
	}
	return r.queue(r.forget, rec)
}

// found notes that a message is missing, or that its flags are to be changed.
func (r *repairer) found(d transfer.Difference) error {
	if d.Kind == transfer.MissingThere && r.wants(repairMissing) {
		book, err := r.log.Enter(r.ctx, d.Source, d.Origin, d.Target)
		if err != nil {
			return err
		}
		r.missing++
		return r.queue(r.gone, transfer.Record{Book: book.ID, ID: d.ID})
	}
	if len(d.Lacks)+len(d.Extra) == 0 || !r.wants(repairFlags) || d.Bytes && r.wants(repairBytes) {
		return nil
	}
	key := d.Place.Key()
	r.folders[key] = d.Place
	r.reflags[key] = append(r.reflags[key], transfer.Reflag{UID: d.UID, Add: d.Lacks, Drop: d.Extra})
	if len(r.reflags[key]) < repairBatch {
		return nil
	}
	return r.reflag(key)
}

// queue writes down a book's findings when they are many.
func (r *repairer) queue(into map[int64][]transfer.Record, rec transfer.Record) error {
	into[rec.Book] = append(into[rec.Book], rec)
	if len(into[rec.Book]) < repairBatch {
		return nil
	}
	return r.write(rec.Book)
}

// write writes down the findings of a book. What is missing comes after all that was
// found: a twin of it may have been.
func (r *repairer) write(book int64) error {
	if len(r.gone[book]) > 0 {
		for other := range r.adopt {
			if other != book {
				if err := r.writeFound(other); err != nil {
					return err
				}
			}
		}
	}
	if err := r.writeFound(book); err != nil {
		return err
	}
	gone := r.gone[book]
	delete(r.gone, book)
	known, err := r.log.Known(r.ctx, book, recordIDs(gone))
	if err != nil {
		return err
	}
	for _, rec := range gone {
		if k, ok := known[rec.ID]; ok && k.Fate != transfer.Open {
			if k, ok = r.twins.lost(k); ok {
				err = errors.Join(err, r.log.Forget(r.ctx, k.Book, []string{k.ID}))
			}
		}
	}
	return err
}

// writeFound writes down what is there, and what is to be sent again.
func (r *repairer) writeFound(book int64) error {
	forget, found := r.forget[book], r.adopt[book]
	delete(r.forget, book)
	delete(r.adopt, book)
	known, err := r.log.Known(r.ctx, book, append(recordIDs(forget), recordIDs(found)...))
	if err != nil {
		return err
	}
	for _, rec := range forget {
		if k, ok := known[rec.ID]; ok && k.Fate != transfer.Open {
			err = errors.Join(err, r.log.Forget(r.ctx, book, []string{rec.ID}))
		}
	}
	var adopted []transfer.Record
	for _, rec := range found {
		k, ok := known[rec.ID]
		switch fits, bad := r.twins.fits(r.ctx, rec, k, ok); {
		case bad != nil:
			err = errors.Join(err, bad)
		case fits:
			adopted = append(adopted, rec)
		}
	}
	return errors.Join(err, r.log.Settle(r.ctx, adopted))
}

// adoptNew notes an altered message that nothing is known of.
func (r *repairer) adoptNew(rec transfer.Record) error {
	known, err := r.log.Known(r.ctx, rec.Book, []string{rec.ID})
	if err != nil || arrivedOrOpen(known[rec.ID].Fate) {
		return err
	}
	return r.log.Settle(r.ctx, []transfer.Record{rec})
}

func recordIDs(rs []transfer.Record) []string {
	ids := make([]string, len(rs))
	for i, r := range rs {
		ids[i] = r.ID
	}
	return ids
}

// finish writes down the rest.
func (r *repairer) finish() error {
	for _, waiting := range []map[int64][]transfer.Record{r.forget, r.adopt, r.gone} {
		for book := range waiting {
			if err := r.write(book); err != nil {
				return err
			}
		}
	}
	if err := r.twins.settle(r.ctx); err != nil {
		return err
	}
	for key := range r.reflags {
		if err := r.reflag(key); err != nil {
			return err
		}
	}
	return r.log.Sync(r.ctx)
}

// reflag gives messages of one folder the flags they have at the source.
func (r *repairer) reflag(key string) error {
	changes := r.reflags[key]
	if delete(r.reflags, key); len(changes) == 0 {
		return nil
	}
	fault := func(err error) error {
		return &transfer.SideError{Side: transfer.AtDest, Name: r.to.Name, Err: err}
	}
	if r.dest == nil {
		dest, err := r.to.Open(r.ctx)
		if err != nil {
			return fault(err)
		}
		r.dest = dest
	}
	if _, err := r.dest.Open(r.ctx, r.folders[key]); err != nil {
		return fault(err)
	}
	marker, ok := r.dest.(transfer.Reflagger)
	if !ok {
		return fault(errors.New("it cannot change flags"))
	}
	if _, err := marker.Reflag(r.ctx, r.folders[key], changes); err != nil {
		return fault(err)
	}
	r.flags += len(changes)
	return nil
}

func (r *repairer) close() {
	if r.dest != nil {
		r.dest.Close()
	}
}
