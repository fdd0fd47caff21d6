package transfer

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// newestFirst is how many messages go over in the order of the source before
// older ones follow, where the newest come first.
const newestFirst = 512

var errMoved = errors.New("messages went away while the folder was read backwards")

// inOrder brings all messages of a source folder to do, as the job wants them.
func (f *feeder) inOrder(ctx context.Context, src Source, p *passage, do func([]Message, map[string]Record) error) error {
	if !f.job.Newest {
		return f.pages(ctx, src, p, do)
	}
	starts, err := f.starts(ctx, src, p)
	if err != nil {
		return err
	}
	later := map[string]bool{} // IDs of the page before, which is the next one in the folder
	for i, after := range slices.Backward(starts) {
		page, err := f.page(ctx, src, p, after)
		if err == nil && i+1 < len(starts) {
			page, err = upTo(page, starts[i+1], later)
		}
		if err != nil {
			return err
		}
		clear(later)
		for _, m := range page {
			later[m.ID] = true
		}
		for end := len(page); end > 0; end -= newestFirst {
			begin := max(end-newestFirst, 0)
			p.lastPage = i == 0 && begin == 0
			if err := f.lookUp(ctx, p, page[begin:end], do); err != nil {
				return err
			}
		}
	}
	return nil
}

// upTo ends a page with the message of that ID, or before the page that was read
// already: where messages went away meanwhile, it has drawn in later ones.
func upTo(page []Message, last string, later map[string]bool) ([]Message, error) {
	for i, m := range page {
		switch {
		case m.last() == last:
			return page[:i+1], nil
		case later[m.ID]:
			return page[:i], nil
		}
	}
	if len(page) == pageSize {
		return nil, errMoved
	}
	return page, nil
}

// starts are the IDs after which the pages of a folder begin.
func (f *feeder) starts(ctx context.Context, src Source, p *passage) ([]string, error) {
	p.relist()
	starts := []string{""}
	for after := ""; ; {
		page, err := f.page(ctx, src, p, after)
		if err != nil {
			return nil, err
		}
		if len(page) < pageSize {
			if after == "" {
				p.listed = page // no second list of a small folder
			}
			return starts, nil
		}
		after = page[len(page)-1].last()
		starts = append(starts, after)
	}
}

// rank orders folders where the newest mail comes first: those that people look
// into before all others.
func (u *unit) rank() int {
	if len(u.to.Path) == 1 && u.to.Path[0] == "INBOX" {
		return 0
	}
	switch u.to.Role {
	case RoleSent, RoleDrafts:
		return 1
	case RoleTrash, RoleJunk, RoleAll:
		return 3
	}
	return 2
}

// byWish puts the units in order: the largest first, so that no lane is left
// alone with it at the end.
func (r *run) byWish(units []*unit) {
	slices.SortStableFunc(units, func(a, b *unit) int {
		if r.job.Newest && a.rank() != b.rank() {
			return cmp.Compare(a.rank(), b.rank())
		}
		return cmp.Compare(b.count(), a.count())
	})
}
