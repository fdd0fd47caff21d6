package mbox

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/mailhaul/mailhaul/transfer"
)

// Fetch yields the messages' bytes. The index is trusted as long as the file
// is what it was. If it is not, each message is read and hashed in its old
// place first, and if it does not stand there, the file is read anew; what is
// then nowhere is [transfer.ErrVanished].
func (s *Source) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		ix, b, err := s.survey(ctx, f, false)
		if err != nil {
			yield(transfer.Fetched{}, err)
			return
		}
		p := &fetch{source: s, folder: f, box: b, ix: ix}
		defer p.close()
		if err := p.open(); err != nil {
			yield(transfer.Fetched{}, fmt.Errorf("read %s: %w", b.name, err))
			return
		}
		for _, m := range ms {
			if err := s.ended(ctx); err != nil {
				yield(transfer.Fetched{}, err)
				return
			}
			got, err := p.one(ctx, m)
			if err != nil {
				yield(transfer.Fetched{}, fmt.Errorf("read %s: %w", b.name, err))
				return
			}
			if !yield(got, nil) {
				return
			}
		}
	}
}

// fetch is one call of Fetch.
type fetch struct {
	source *Source
	folder transfer.Folder
	box    box
	ix     *index
	disk   *disk
	body   body
}

func (p *fetch) open() (err error) {
	p.close()
	p.disk, err = openDisk(p.box.file)
	return err
}

func (p *fetch) close() {
	if p.disk != nil {
		p.disk.Close()
		p.disk = nil
	}
}

// one makes one message ready to be read.
func (p *fetch) one(ctx context.Context, m transfer.Message) (transfer.Fetched, error) {
	i, err := p.locate(ctx, m.ID)
	if err != nil {
		return transfer.Fetched{}, err
	}
	if i < 0 {
		return transfer.Fetched{Message: m, Err: transfer.ErrVanished}, nil
	}
	listed, err := p.ix.message(i)
	if err != nil {
		return transfer.Fetched{}, err
	}
	e := p.ix.entries.get(i)
	r, err := p.disk.section(e.start, e.raw)
	if err != nil {
		return transfer.Fetched{}, err
	}
	got := transfer.Fetched{Message: listed, Body: &p.body}
	got.Mended = p.body.reset(&guard{ctx, &p.source.closed, r}, e.raw, p.ix.unquote)
	p.body.check = p.stillThere(ctx, e)
	return got, nil
}

// locate answers where in the index the message is, after it made sure that it
// stands there in the file.
func (p *fetch) locate(ctx context.Context, id string) (int, error) {
	i, err := p.ix.find(id)
	if err != nil || !p.disk.changed(p.ix.info) {
		return i, err
	}
	// The last message may have been half written when the file was read.
	if i >= 0 && i < p.ix.entries.len()-1 && p.disk.zip == nil {
		ok, err := p.stands(ctx, p.ix.entries.get(i))
		if ok || err != nil {
			return i, err
		}
	}
	ix, _, err := p.source.survey(ctx, p.folder, true)
	if err != nil {
		return 0, err
	}
	p.ix = ix
	if err := p.open(); err != nil {
		return 0, err
	}
	return ix.find(id)
}

// stands reports whether the From_ line and the bytes of a message are where
// they were.
func (p *fetch) stands(ctx context.Context, e entry) (bool, error) {
	line := make([]byte, e.from)
	if _, err := p.disk.file.ReadAt(line, e.start-int64(e.from)); err != nil {
		return false, nil
	}
	if _, ok := parseFrom(line); !ok || line[len(line)-1] != '\n' {
		return false, nil
	}
	r := io.NewSectionReader(p.disk.file, e.start, e.raw)
	return sameBytes(&guard{ctx, &p.source.closed, r}, e.raw, e.id)
}

// stillThere answers what is asked when a message was read to its end: a file
// that changed meanwhile must hold the same message.
func (p *fetch) stillThere(ctx context.Context, e entry) func() error {
	before, d := p.disk.info, p.disk
	if now, err := d.file.Stat(); err == nil {
		before = now
	}
	return func() error {
		if !d.changed(before) {
			return nil
		}
		if d.zip == nil {
			if ok, err := p.stands(ctx, e); ok || err != nil {
				return err
			}
		}
		return errChanged
	}
}
