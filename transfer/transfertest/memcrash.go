package transfertest

// Lag is how many changes are not durable yet.
func (c *MemCheckpoint) Lag() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.lag)
}

// CrashKeeping is like [MemCheckpoint.Crash], but the first n of the changes
// that were not durable have got to the disk all the same.
func (c *MemCheckpoint) CrashKeeping(n int) *MemCheckpoint {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := c.durable.clone()
	for _, late := range c.lag[:n] {
		late(left)
	}
	return &MemCheckpoint{live: left, durable: left.clone()}
}
