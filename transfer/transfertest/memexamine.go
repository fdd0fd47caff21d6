package transfertest

import (
	"context"
	"fmt"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

var _ transfer.Examiner = (*serverSession)(nil)

// Examine implements [transfer.Examiner]: a folder that is not there is not made.
func (s *serverSession) Examine(ctx context.Context, f transfer.Folder) (transfer.Mailbox, error) {
	if err := s.ready(ctx, s.server.call()); err != nil {
		return transfer.Mailbox{}, fmt.Errorf("examine %q: %w", f.Name(), err)
	}
	if !s.server.has(f.Path) {
		return transfer.Mailbox{}, fmt.Errorf("examine %q: there is no such folder", f.Name())
	}
	m, err := s.server.open(f)
	if err != nil {
		return m, fmt.Errorf("examine %q: %w", f.Name(), err)
	}
	s.folder = slices.Clone(f.Path)
	return m, nil
}
