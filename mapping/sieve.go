package mapping

// TakesAll reports whether no message is left out of the folders that are
// carried. It is a [transfer.Sieve].
func (m *Map) TakesAll() bool { return m.since.IsZero() && m.before.IsZero() && m.maxSize == 0 }
