package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Why messages stay at their source, for people.
const (
	whyNotArrived = "not at the destination yet"
	whyGoneThere  = "not where they were put at the destination: you have moved or deleted them there, or marked them as deleted"
	whyBytes      = "at the destination by another way, with other Received lines or the like: not the same bytes"
	whyNoProof    = "the destination does not tell where it has put them"
	whyRenumbered = "the destination has renumbered its folder since: run the copy again first"
	whyOther      = "another message bears the name of the one that was carried"
	whyUnread     = "the source would not give them to be looked at"
)

// proofChunk is how many messages are read at once for their proof.
const proofChunk = 256

// know finds out what of a source has arrived, and who it is now.
func (k *clearing) know(i int) error {
	if k.feed.Err() != nil {
		return nil
	}
	before := maps.Clone(k.kept)
	shelves, err := consult(k.run, k.sources[i], "look at what has arrived", func(src Source, ctx context.Context) ([]*clearShelf, error) {
		k.kept = maps.Clone(before)
		if _, ok := src.(Deleter); !ok {
			return nil, nil
		}
		return k.shelvesOf(ctx, src, i)
	})
	k.shelves = append(k.shelves, shelves...)
	return err
}

func (k *clearing) shelvesOf(ctx context.Context, src Source, i int) (all []*clearShelf, err error) {
	folders, err := src.Folders(ctx)
	if err != nil {
		return nil, err
	}
	went, err := k.job.Checkpoint.Went(ctx, k.job.Sources[i].Name)
	if err != nil {
		return nil, &localError{err}
	}
	for _, f := range folders {
		to, ok := went[f.Key()]
		if !ok {
			k.keep(i, whyNotArrived, max(f.Count, 0))
			continue
		}
		book, err := k.job.Checkpoint.Enter(ctx, k.job.Sources[i].Name, f, Folder{Path: pathOf(to)})
		if err != nil {
			return nil, &localError{err}
		}
		s := &clearShelf{source: i, from: f, book: book.ID}
		if err := k.fillShelf(ctx, src, s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// fillShelf lists the folder: what has arrived may go.
func (k *clearing) fillShelf(ctx context.Context, src Source, s *clearShelf) error {
	there, err := listAll(ctx, src, s.from)
	if err != nil {
		return err
	}
	if err := k.decide(ctx, s, there); err != nil {
		return err
	}
	known, err := k.job.Checkpoint.Known(ctx, s.book, slices.Sorted(maps.Keys(there)))
	if err != nil {
		return &localError{err}
	}
	for id, m := range there {
		rec, ok := known[id]
		switch {
		case !ok || !hasArrived(rec.Fate):
			k.keep(s.source, whyNotArrived, 1)
		case rec.UID == 0:
			k.keep(s.source, whyNoProof, 1)
		default:
			s.goes = append(s.goes, &parting{m: m, rec: rec})
		}
	}
	slices.SortFunc(s.goes, func(a, b *parting) int {
		return cmp.Or(cmp.Compare(a.rec.To, b.rec.To), cmp.Compare(a.rec.UID, b.rec.UID), cmp.Compare(a.m.ID, b.m.ID))
	})
	return k.identify(ctx, src, s)
}

// decide closes the notes of an earlier run that was cut off while it deleted.
func (k *clearing) decide(ctx context.Context, s *clearShelf, there map[string]Message) error {
	undecided, err := k.journal.Undecided(ctx, s.book)
	if err != nil {
		return &localError{err}
	}
	var gone, spared []Record
	for _, id := range undecided {
		rec := Record{Book: s.book, ID: id}
		if _, ok := there[id]; ok {
			spared = append(spared, rec)
		} else {
			gone = append(gone, rec)
		}
	}
	if err := errors.Join(k.journal.Deleted(ctx, gone), k.journal.Spared(ctx, spared)); err != nil {
		return &localError{err}
	}
	return nil
}

// identify leaves those on the shelf that are the messages which were carried: by
// their headers, or by their bytes where these say little or nobody read them.
func (k *clearing) identify(ctx context.Context, src Source, s *clearShelf) error {
	who, ok := src.(Identifier)
	var named, read []Message
	of := map[string]*parting{}
	for _, g := range s.goes {
		of[g.m.ID] = g
		if ok && g.rec.Digest != (Digest{}) && g.rec.Ident.Strong() {
			named = append(named, g.m)
		} else {
			read = append(read, g.m)
		}
	}
	same := map[string]bool{}
	if len(named) > 0 {
		for m, err := range who.Identify(ctx, s.from, named) {
			if err != nil {
				return fmt.Errorf("read headers: %w", err)
			}
			same[m.ID] = m.Ident == of[m.ID].rec.Ident
		}
	}
	if err := k.reread(ctx, src, s, read, of, same); err != nil {
		return err
	}
	s.goes = slices.DeleteFunc(s.goes, func(g *parting) bool {
		is, seen := same[g.m.ID]
		switch {
		case !seen:
			k.keep(s.source, whyUnread, 1)
		case !is:
			k.keep(s.source, whyOther, 1)
		}
		return !is
	})
	return nil
}

// reread reads messages at the source.
func (k *clearing) reread(ctx context.Context, src Source, s *clearShelf, ms []Message, of map[string]*parting, same map[string]bool) error {
	if len(ms) == 0 {
		return nil
	}
	for got, err := range src.Fetch(ctx, s.from, ms) {
		if err != nil {
			return fmt.Errorf("read messages: %w", err)
		}
		if got.Err != nil {
			continue
		}
		d, err := digestOf(got.Body)
		if err != nil {
			return fmt.Errorf("read messages: %w", err)
		}
		g := of[got.ID]
		if g.rec.Digest == (Digest{}) {
			g.rec.Digest = d // adopted without being read: the destination must have these bytes
		}
		same[got.ID] = g.rec.Digest == d
	}
	return nil
}

// prove reads all that may go at the destination.
func (k *clearing) prove() error {
	byFolder := map[string][]*parting{}
	whose := map[*parting]*clearShelf{}
	for _, s := range k.shelves {
		for _, g := range s.goes {
			byFolder[g.rec.To], whose[g] = append(byFolder[g.rec.To], g), s
		}
	}
	if len(byFolder) == 0 || k.feed.Err() != nil {
		return nil
	}
	why, err := consult(k.run, k.dests, "read back", func(d Dest, ctx context.Context) (map[*parting]string, error) {
		site, err := d.Site(ctx)
		if err != nil {
			return nil, err
		}
		there, why := siteIndex(site), map[*parting]string{}
		for _, key := range slices.Sorted(maps.Keys(byFolder)) {
			f, exists := there[key]
			if !exists { // opening it would make it
				for _, g := range byFolder[key] {
					why[g] = whyGoneThere
				}
				continue
			}
			if err := proveFolder(ctx, d, f, byFolder[key], why); err != nil {
				return nil, err
			}
		}
		return why, nil
	})
	if err != nil {
		return err
	}
	for g, s := range whose {
		if text := why[g]; text != "" {
			k.keep(s.source, text, 1)
		} else {
			g.proved = true
		}
	}
	return nil
}

// proveFolder reads the messages of one folder, and notes why the others stay.
func proveFolder(ctx context.Context, d Dest, f Folder, gs []*parting, why map[*parting]string) error {
	box, err := d.Open(ctx, f)
	if err != nil {
		return err
	}
	claims := map[uint32][]*parting{}
	for _, g := range gs {
		if why[g] = whyGoneThere; g.rec.Epoch != box.Epoch {
			why[g] = whyRenumbered
			continue
		}
		claims[g.rec.UID] = append(claims[g.rec.UID], g)
	}
	for uids := range slices.Chunk(slices.Sorted(maps.Keys(claims)), proofChunk) {
		for got, err := range d.Read(ctx, f, uids) {
			if err == nil && got.Err == nil {
				err = judge(got, claims[got.UID], why)
			}
			if err != nil {
				return fmt.Errorf("read back from %q: %w", f.Name(), err)
			}
		}
	}
	return nil
}

// judge compares one message at the destination with those it stands for.
func judge(got Fetched, gs []*parting, why map[*parting]string) error {
	d, err := digestOf(got.Body)
	if err != nil {
		return err
	}
	for _, g := range gs {
		switch {
		case slices.Contains(got.Flags, Deleted):
		case d != g.rec.Digest:
			why[g] = whyBytes
		default:
			delete(why, g)
		}
	}
	return nil
}
