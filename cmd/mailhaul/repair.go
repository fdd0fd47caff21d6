package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// What --repair may name.
const (
	repairMissing = "missing"
	repairBytes   = "bytes"
	repairFlags   = "flags"
)

// readRepair reads what is to be repaired.
func readRepair(text string) (kinds []string, err error) {
	switch text {
	case "":
		return nil, nil
	case "all":
		return []string{repairMissing, repairBytes, repairFlags}, nil
	}
	for kind := range strings.SplitSeq(text, ",") {
		switch kind {
		case repairMissing, repairBytes, repairFlags:
			kinds = append(kinds, kind)
		default:
			return nil, usagef("--repair=missing,flags names several; --repair=all is all three", "--repair knows missing, bytes and flags, not %q", kind)
		}
	}
	return kinds, nil
}

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

	adopt, forget map[int64][]transfer.Record // by book
	reflags       map[string][]transfer.Reflag
	folders       map[string]transfer.Folder

	missing, flags int
}

func newRepairer(ctx context.Context, kinds []string, log *checkpoint.Log, to transfer.To) *repairer {
	return &repairer{
		ctx: ctx, kinds: kinds, log: log, to: to,
		adopt: map[int64][]transfer.Record{}, forget: map[int64][]transfer.Record{},
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
	if m.Altered && r.wants(repairBytes) {
		// What stands there is nobody's now: a record of a message that no source
		// has keeps it from being taken for the one that it was.
		r.missing++
		if err := r.queue(r.forget, rec); err != nil {
			return err
		}
		id := m.ID + "~altered"
		rec = transfer.Record{
			Book: book.ID, ID: id, Fate: transfer.Adopted, To: rec.To, Epoch: rec.Epoch, UID: m.UID,
			Ident: transfer.Identify([]byte("Message-ID: " + id + "\r\n")),
		}
	}
	return r.queue(r.adopt, rec)
}

// found notes that a message is missing, or that its flags are to be changed.
func (r *repairer) found(d transfer.Difference) error {
	if d.Kind == transfer.MissingThere && r.wants(repairMissing) {
		book, err := r.log.Enter(r.ctx, d.Source, d.Origin, d.Target)
		if err != nil {
			return err
		}
		r.missing++
		return r.queue(r.forget, transfer.Record{Book: book.ID, ID: d.ID})
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

// write writes down the findings of a book.
func (r *repairer) write(book int64) error {
	forget, adopt := r.forget[book], r.adopt[book]
	delete(r.forget, book)
	delete(r.adopt, book)
	known, err := r.log.Known(r.ctx, book, append(recordIDs(forget), recordIDs(adopt)...))
	if err != nil {
		return err
	}
	var gone []string
	for _, rec := range forget {
		if k, ok := known[rec.ID]; ok && k.Fate != transfer.Open {
			gone = append(gone, rec.ID)
		}
	}
	adopt = slices.DeleteFunc(adopt, func(rec transfer.Record) bool {
		k, ok := known[rec.ID]
		return ok && k.Fate != transfer.Refused && k.Fate != transfer.Vanished
	})
	if len(gone) > 0 {
		err = r.log.Forget(r.ctx, book, gone)
	}
	return errors.Join(err, r.log.Settle(r.ctx, adopt))
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
	for _, waiting := range []map[int64][]transfer.Record{r.forget, r.adopt} {
		for book := range waiting {
			if err := r.write(book); err != nil {
				return err
			}
		}
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

// repair verifies, repairs what was asked for, and verifies again.
func (v *verdictOf) repair(ctx context.Context, kinds []string) (sum transfer.Differences, err error) {
	job, err := v.job(func(transfer.Event) {}, func(string) {})
	if err != nil {
		return sum, err
	}
	log, err := checkpoint.Open(ctx, v.checkpoint(job))
	if err != nil {
		return sum, stateError(err)
	}
	r := newRepairer(ctx, kinds, log, job.Dest)
	defer r.close()
	sum, err = v.verify(ctx, r)
	if err == nil {
		err = r.finish()
	}
	if err = errors.Join(err, log.Close()); err != nil || r.missing+r.flags == 0 {
		return sum, err
	}
	v.mended.flags = r.flags
	v.repaired(sum, r)
	if r.missing > 0 {
		watch := newWatch(ctx, v.talker(v.world))
		report, err := v.carryOn(ctx, watch.tell, watch.trace)
		watch.close()
		v.mended.copied = report.Tally.Copied
		if err = v.outcome(report, err); err != nil {
			return sum, err
		}
	}
	return v.verify(ctx, nil)
}

// repaired ends the first part of the talk.
func (v *verdictOf) repaired(sum transfer.Differences, r *repairer) {
	v.list.end()
	switch {
	case v.show.json:
		writeLine(v.world.out, repairLine{Event: "repair", Copy: r.missing, Flags: r.flags})
	case !v.show.quiet:
		v.tell(sum, nil)
		fmt.Fprintf(v.world.out, "\nRepairing: %s to copy, flags of %s set. Then both sides are compared again.\n\n", messages(r.missing), messages(r.flags))
	}
}

// repairLine tells programs what is repaired.
type repairLine struct {
	Event string `json:"event"`
	Copy  int    `json:"to_copy"`
	Flags int    `json:"flags_set"`
}
