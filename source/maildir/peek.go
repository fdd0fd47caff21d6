package maildir

import "github.com/mailhaul/mailhaul/transfer"

var _ transfer.Peeker = (*Source)(nil)

// Peeks marks that [Source.Fetch] leaves no trace: files are only read.
func (s *Source) Peeks() {}
