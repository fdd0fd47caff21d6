package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// sink is a place to write to that remembers the first error: who writes a line
// of an event or a help text does not look.
type sink struct {
	w    io.Writer
	name string // for people
	err  error
}

// Write passes on.
func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if bad := err; bad != nil && s.err == nil {
		var file *fs.PathError
		if errors.As(bad, &file) {
			bad = file.Err
		}
		s.err = fmt.Errorf("writing to %s: %w", s.name, bad)
	}
	return n, err
}
