package transfer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// spare offers another name for every folder.
type spare struct{ transfertest.Straight }

func (s spare) Routes(folders []transfer.Folder, site transfer.Site) []transfer.Route {
	routes := s.Straight.Routes(folders, site)
	for i := range routes {
		routes[i].Spare = transfer.Folder{Path: []string{strings.ReplaceAll(routes[i].To.Path[0], "*", "_")}}
	}
	return routes
}

func TestRefusedFolderTakesItsSpareName(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{RefuseFolder: func(path []string) error {
		if path[0] == "odd*" {
			return errors.New("NO [CANNOT] odd name")
		}
		return nil
	}}, folder([]string{"odd*"}, messages(5)...))
	f.job.Mapper = spare{}
	f.mustRun(transfer.Tally{Copied: 5})
	f.same([]string{"odd_"}, messages(5)...)
	f.mustRun(transfer.Tally{Present: 5})
}

func TestRefusedFolderIsListed(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{RefuseFolder: func(path []string) error {
		if path[0] == "bad" {
			return errors.New("NO bad name")
		}
		return nil
	}}, folder([]string{"bad"}, messages(5)...), folder(inbox, messages(5)...))
	rep := f.mustRun(transfer.Tally{Copied: 5, Refused: 5})
	if rep.Folders[0].Err == nil {
		t.Errorf("got no error for the refused folder: %+v", rep.Folders)
	}
	refused := 0
	for _, rec := range f.cp.Records() {
		if rec.Fate == transfer.Refused && rec.Words != "" {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("got %d messages recorded as refused, want 5", refused)
	}
}

// elsewhere sends all mail to one other folder.
type elsewhere struct{ transfertest.Straight }

func (elsewhere) Routes(folders []transfer.Folder, _ transfer.Site) []transfer.Route {
	routes := make([]transfer.Route, len(folders))
	for i := range routes {
		routes[i].To = transfer.Folder{Path: []string{"Other"}}
	}
	return routes
}

// routesOf remembers what the mapper was told.
type routesOf struct {
	transfertest.Straight
	went map[string][]string
}

func (r routesOf) Routes(folders []transfer.Folder, site transfer.Site) []transfer.Route {
	for _, f := range folders {
		r.went[f.Name()] = f.Went
	}
	return elsewhere{}.Routes(folders, site)
}

func TestMapperIsToldWhereFoldersWent(t *testing.T) {
	m := routesOf{went: map[string][]string{}}
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(3)...))
	f.job.Mapper = m
	f.mustRun(transfer.Tally{Copied: 3})
	f.mustRun(transfer.Tally{Present: 3})
	if got := m.went["INBOX"]; !slices.Equal(got, []string{"Other"}) {
		t.Errorf("got %q in the second run, want Other", got)
	}
}

// fullLog cannot note folders.
type fullLog struct{ *transfertest.MemCheckpoint }

func (fullLog) Made(context.Context, transfer.Folder, string) error {
	return errors.New("the disk is full")
}

// A folder that the checkpoint cannot note is no refused name.
func TestFolderThatCannotBeNoted(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder([]string{"odd*"}, messages(5)...))
	f.job.Mapper, f.job.Checkpoint = spare{}, fullLog{f.cp}
	_, err := transfer.Run(t.Context(), f.job)
	if err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("got %v, want the checkpoint's error", err)
	}
	if got := f.made(); !slices.Equal(got, []string{"odd*"}) {
		t.Errorf("got the folders %q, want the first name alone", got)
	}
}
