package main

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// oddSource is a source whose sessions break at one message, in its middle, as
// often as it is asked for; others it refuses, or has not.
type oddSource struct {
	t      *testing.T
	opened *int
	broken bool
}

var errLineCut = errors.New("the line was cut")

func (s *oddSource) from() transfer.From {
	return transfer.From{Name: "odd", Open: func(context.Context) (transfer.Source, error) {
		*s.opened++
		return &oddSource{t: s.t, opened: s.opened}, nil
	}}
}

func (s *oddSource) Close() error { return nil }

func (s *oddSource) Folders(context.Context) ([]transfer.Folder, error) {
	return []transfer.Folder{{Path: []string{"INBOX"}, Epoch: "1"}, {Path: []string{"New"}, Epoch: "2"}, {Path: []string{"Bad"}, Epoch: "1"}}, nil
}

func (s *oddSource) List(_ context.Context, f transfer.Folder, _ string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		if f.Name() == "Bad" {
			s.broken = true
			yield(transfer.Message{}, errLineCut)
			return
		}
		for _, id := range []string{"unasked", "a", "once", "b", "cut", "c", "refused", "left"} {
			if !yield(transfer.Message{ID: id, Date: time.Unix(1e9, 0)}, nil) {
				return
			}
		}
	}
}

func (s *oddSource) Fetch(_ context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		if s.broken {
			s.t.Error("a broken session was used again")
		}
		for _, m := range ms {
			got := transfer.Fetched{Message: m, Body: strings.NewReader("Subject: my " + m.ID + "\r\n\r\n" + m.ID + "\r\n")}
			switch m.ID {
			case "unasked":
				s.t.Error("a message was fetched that nobody asked for")
			case "cut", "once":
				if m.ID == "once" && *s.opened > 1 {
					break
				}
				s.broken = true
				got.Body = io.MultiReader(strings.NewReader("Subject: half"), iotest.ErrReader(errLineCut))
			case "refused":
				got.Err = errors.New("NO not this one")
			case "left":
				got.Err = transfer.ErrVanished
			}
			if !yield(got, nil) {
				return
			}
		}
	}
}

// TestExportOddSource: each message comes to its own end, whatever happens to
// others.
func TestExportOddSource(t *testing.T) {
	dir := t.TempDir()
	x := &exporter{tell: func(transfer.Event) {}}
	want := map[string]string{
		"a": "file", "once": "file", "b": "file", "cut": "the line was cut", "c": "file",
		"refused": "NO not this one", "left": "gone", "expunged": "gone",
		"elsewhere": "gone", "old": errRenumbered.Error(), "unlisted": "the line was cut",
	}
	for id := range want {
		r := checkpoint.Refused{Source: "odd", Key: "INBOX", From: "INBOX", Epoch: "1", ID: id}
		switch id {
		case "elsewhere":
			r.Key = "Lost"
		case "old":
			r.Key = "New"
		case "unlisted":
			r.Key = "Bad"
		}
		x.refused = append(x.refused, r)
	}
	x.ends = make([]ending, len(x.refused))
	var err error
	if x.shelf, err = openShelf(dir); err != nil {
		t.Fatal(err)
	}
	defer x.shelf.close()
	s := &oddSource{t: t, opened: new(int)}
	if err := x.source(t.Context(), s.from()); err != nil {
		t.Fatal(err)
	}
	for i, r := range x.refused {
		e, got := x.ends[i], ""
		switch {
		case e.written():
			got = "file"
			text, err := os.ReadFile(filepath.Join(dir, e.file))
			if err != nil || string(text) != "Subject: my "+r.ID+"\r\n\r\n"+r.ID+"\r\n" || filepath.Base(e.file) != "2001-09-09-my "+r.ID+"-"+r.ID+".eml" {
				t.Errorf("%s: got %q in %s, %v", r.ID, text, e.file, err)
			}
		case e.gone():
			got = "gone"
		case e.err != nil:
			got = e.err.Error()
		}
		if got != want[r.ID] {
			t.Errorf("%s: got %q, want %q", r.ID, got, want[r.ID])
		}
	}
	if files := allFiles(t, dir); len(files) != 4 {
		t.Errorf("got %q, want 4 files and no draft", files)
	}
	if *s.opened > 5 {
		t.Errorf("got %d sessions, want few", *s.opened)
	}
}

// TestShelf: nothing is written outside, nothing is overwritten.
func TestShelf(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(t.TempDir(), "deep", "saved")
	s, err := openShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	put := func(folder, name, text string) (string, bool, error) {
		return s.put(folder, time.Time{}, strings.NewReader(text), func([]byte) string { return name })
	}
	for _, tc := range []struct {
		text, file string
		kept       bool
	}{
		{"one", "x.eml", false}, {"one", "x.eml", true}, {"two", "x-2.eml", false},
		{"six", "x-3.eml", false}, {"two", "x-2.eml", true}, {"", "x-4.eml", false},
	} {
		file, kept, err := put("a", "x.eml", tc.text)
		if err != nil || file != filepath.Join("a", tc.file) || kept != tc.kept {
			t.Errorf("%q: got %s, kept %v, %v; want %s, %v", tc.text, file, kept, err, tc.file, tc.kept)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	for _, folder := range []string{"link", "..", "/", filepath.Join("link", "deeper")} {
		if file, _, err := put(folder, "x.eml", "text"); err == nil {
			t.Errorf("%s: got %s, want an error", folder, file)
		}
	}
	if files := allFiles(t, outside); len(files) > 0 {
		t.Errorf("got %q outside", files)
	}
}

func TestSubjectIn(t *testing.T) {
	for head, want := range map[string]string{
		"From: a\r\nsubject:  Hi\r\n there\r\nTo: b\r\n\r\n": "Hi there",
		"Subject: last":               "last",
		"From: a\n\nSubject: body\n":  "",
		"Subject:\n folded\n\tmore\n": "folded more",
		"":                            "",
	} {
		if got := strings.TrimSpace(subjectIn([]byte(head))); got != want {
			t.Errorf("%q: got %q, want %q", head, got, want)
		}
	}
}
