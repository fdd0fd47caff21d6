package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

func pageOf(t *testing.T, a *jobReport) string {
	t.Helper()
	var out bytes.Buffer
	if err := a.html(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// skeleton is the elements of a page with the names of their attributes: what a
// payload must not change.
func skeleton(t *testing.T, page string) (all []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data == "small" || n.Data == "pre" {
			continue // a hint or a command that cannot be shown is left out
		}
		if name, text, _ := strings.Cut(n.Data, " "); text != "" || n.Data == "script" || n.Data == "span" && name == "" {
			t.Errorf("got an element %q", n.Data)
		}
		if n.Data == "span" && len(n.Attr) == 1 && n.Attr[0].Val == "to" || n.Data == "dd" {
			continue // left out where a name is empty or the same
		}
		one := n.Data
		for _, attr := range n.Attr {
			one += " " + attr.Key
			if strings.HasPrefix(attr.Key, "on") || attr.Key == "href" || attr.Key == "src" {
				t.Errorf("got an attribute %q", attr.Key)
			}
		}
		all = append(all, one)
	}
	return all
}

// TestHostilePageInBrowser: all payloads at once in one page, seen by a browser.
func TestHostilePageInBrowser(t *testing.T) {
	ctx, said := browser(t)
	a := sampleReport()
	for i, text := range payloads() {
		if i%2 == 0 {
			a.Folders = append(a.Folders, checkpoint.FolderStatus{Source: text, From: text, To: "x" + text})
		}
		a.Refused = append(a.Refused, checkpoint.Refused{Source: text, From: text, Key: text, Words: text, Subject: text, MessageID: text})
		a.Note.End.Notes = append(a.Note.End.Notes, text)
	}
	path := filepath.Join(t.TempDir(), "hostile.html")
	if err := os.WriteFile(path, []byte(pageOf(t, a)), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := visit(ctx, path, 390, 844, true, false)
	if err != nil {
		t.Fatal(err)
	}
	if got.Pwned || got.Scripts+got.Links > 0 || got.Overflow > 0 {
		t.Errorf("got %+v, want nothing alive, and nothing wider than the screen", got)
	}
	if all := said(); len(all) > 0 {
		t.Errorf("the page has %q", all)
	}
}
