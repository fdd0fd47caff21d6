package checkpoint

import (
	"context"
	"database/sql/driver"
	"math"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

// What stands at the destination is asked for by place and UID, in an index that
// holds each message that has both (message_linked), and in one of the few that
// have arrived without a UID (message_unlinked).

// Foreign implements [transfer.Checkpoint]. Spoiled messages are nobody's to
// adopt, either. A span of which all is known costs one count.
func (l *Log) Foreign(ctx context.Context, to transfer.Folder, epoch string, there []transfer.Span) ([]transfer.Span, error) {
	p := l.placeAt(to, epoch)
	if p == nil {
		return there, ctx.Err()
	}
	var out []transfer.Span
	err := l.read(ctx, func() error {
		for _, s := range there {
			foreign, err := l.foreignIn(p, s)
			if err != nil {
				return err
			}
			for _, f := range foreign {
				out = transfer.Join(out, f)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	spoiled := slices.Sorted(slices.Values(l.spoiledIn(to, epoch)))
	return transfer.Less(out, transfer.Spans(slices.Values(spoiled))), nil
}

func (l *Log) foreignIn(p *place, s transfer.Span) ([]transfer.Span, error) {
	args, n := named([]driver.Value{p.id, int64(s.Low), int64(s.High)}), 0
	err := l.sql.countLinked.query(args, func(row []driver.Value) error {
		n = int(intOf(row[0]))
		return nil
	})
	switch {
	case err != nil || n == s.Count():
		return nil, err
	case n == 0:
		return []transfer.Span{s}, nil
	}
	var known []transfer.Span
	err = l.sql.linked.query(args, func(row []driver.Value) error {
		uid := uint32(intOf(row[0]))
		known = transfer.Join(known, transfer.Span{Low: uid, High: uid})
		return nil
	})
	return transfer.Less([]transfer.Span{s}, known), err
}

// Linked answers the UIDs in the destination folder that are known under that
// epoch, and those of spoiled messages, sorted.
func (l *Log) Linked(ctx context.Context, to transfer.Folder, epoch string) ([]uint32, error) {
	all := []transfer.Span{{Low: 1, High: math.MaxUint32}}
	foreign, err := l.Foreign(ctx, to, epoch, all)
	if err != nil {
		return nil, err
	}
	return slices.Collect(transfer.Numbers(transfer.Less(all, foreign))), nil
}

// Holders implements [transfer.Checkpoint].
func (l *Log) Holders(ctx context.Context, to transfer.Folder, epoch string, uids []uint32) ([]transfer.Record, error) {
	p := l.placeAt(to, epoch)
	if p == nil {
		return nil, ctx.Err()
	}
	var spans [][]driver.Value
	for _, uid := range uids {
		spans = append(spans, []driver.Value{p.id, int64(uid), int64(uid)})
	}
	return l.collect(ctx, l.sql.holders, spans)
}

// Unlinked implements [transfer.Checkpoint].
func (l *Log) Unlinked(ctx context.Context, to transfer.Folder, epoch string) ([]transfer.Record, error) {
	l.mu.Lock()
	places := l.index.placesOf(to.Key(), false)
	l.mu.Unlock()
	out, err := l.collect(ctx, l.sql.unlinked, each(places))
	if err != nil {
		return nil, err
	}
	var former [][]driver.Value
	here := l.placeAt(to, epoch)
	for _, id := range places {
		if here == nil || id != here.id {
			former = append(former, []driver.Value{id, int64(1), int64(math.MaxUint32)})
		}
	}
	more, err := l.collect(ctx, l.sql.holders, former)
	return append(out, more...), err
}

// placeAt is a destination folder under an epoch, nil if nothing was recorded of it.
func (l *Log) placeAt(to transfer.Folder, epoch string) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.index.targets[to.Key()]
	if t == nil {
		return nil
	}
	return l.index.places[placeKey{t.id, epoch}]
}
