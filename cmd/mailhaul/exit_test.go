package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/transfer"
)

// marked is an error with marks.
type marked struct{ permanent, signIn, full bool }

func (m marked) Error() string       { return "marked" }
func (m marked) Permanent() bool     { return m.permanent }
func (m marked) SignInRefused() bool { return m.signIn }
func (m marked) Full() bool          { return m.full }

func TestExitCode(t *testing.T) {
	at := func(err error) error {
		return &transfer.SideError{Side: transfer.AtDest, Name: "imaps://a@b", Err: err}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name string
		ctx  context.Context
		err  error
		want int
	}{
		{"done", t.Context(), nil, 0},
		{"told already", t.Context(), &verdict{3}, 3},
		{"usage", t.Context(), usagef("", "x"), 2},
		{"sign-in", t.Context(), at(marked{permanent: true, signIn: true}), 4},
		{"no password", t.Context(), &credential.Error{Whose: "a@b", Err: credential.ErrNoInput}, 4},
		{"lost connection", t.Context(), at(marked{}), 5},
		{"full", t.Context(), at(marked{permanent: true, full: true}), 6},
		{"permanent", t.Context(), at(marked{permanent: true}), 1},
		{"no such file", t.Context(), at(fmt.Errorf("open: %w", fs.ErrNotExist)), 1},
		{"held", t.Context(), fmt.Errorf("open checkpoint: %w", transfer.ErrHeld), 11},
		{"our own", t.Context(), errors.New("x"), 1},
		{"interrupted", stopped, at(marked{}), 130},
		{"interrupted after all was done", stopped, nil, 0},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := exitCode(tc.ctx, tc.err); got != tc.want {
				t.Errorf("exitCode(%v): got %d, want %d", tc.err, got, tc.want)
			}
		})
	}
}

func TestReportCode(t *testing.T) {
	failed := func(err error) []transfer.FolderReport { return []transfer.FolderReport{{}, {Err: err}} }
	tests := []struct {
		name   string
		report transfer.Report
		want   int
	}{
		{"all there", transfer.Report{}, 0},
		{"refused", transfer.Report{Tally: transfer.Tally{Refused: 1}}, 3},
		{"limit", transfer.Report{Limited: true}, 8},
		{"limit and refused", transfer.Report{Limited: true, Tally: transfer.Tally{Refused: 1}}, 8},
		{"folder lost", transfer.Report{Folders: failed(marked{})}, 5},
		{"folder lost and refused", transfer.Report{Folders: failed(marked{}), Tally: transfer.Tally{Refused: 1}}, 5},
		{"folder for ever", transfer.Report{Folders: failed(marked{permanent: true})}, 1},
		{"full", transfer.Report{Folders: failed(marked{full: true})}, 6},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := reportCode(tc.report); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}
