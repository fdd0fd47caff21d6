package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// TestHostileCompletions: names of jobs and of folders reach the shell only as they
// are, and only where nothing in them is alive there.
func TestHostileCompletions(t *testing.T) {
	dir := t.TempDir()
	log, err := checkpoint.Open(t.Context(), checkpoint.Options{Dir: dir, Sources: []string{"imaps://anna@old.example"}, Dest: "imaps://anna@new.example"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range payloads() {
		folder := transfer.Folder{Path: []string{text}, Epoch: "1"}
		book, err := log.Enter(t.Context(), "imaps://anna@old.example", folder, folder)
		if err == nil {
			err = log.Settle(t.Context(), []transfer.Record{{Book: book.ID, ID: "1", Fate: transfer.Copied, To: folder.Key(), Epoch: "1", UID: 1}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	completed := func(args ...string) string {
		var out bytes.Buffer
		w := &world{out: &sink{w: &out}, talk: io.Discard, args: append([]string{"mailhaul", "__complete"}, args...)}
		obey(t.Context(), w)
		return out.String()
	}
	for _, flag := range []string{"--folder", "--map"} {
		out := completed("copy", "--state-dir", dir, "imaps://anna@old.example", "imaps://anna@new.example", flag, "")
		noControls(t, "completion of "+flag, "all payloads", out)
		if n := strings.Count(out, "\n"); n < 100 { // those that a shell can take
			t.Errorf("%s: got %d folders", flag, n)
		}
	}
	path, told := filepath.Join(dir, "config.toml"), 0
	for _, text := range payloads() {
		config := fmt.Sprintf("version = 1\n[[account]]\nname = \"a\"\nendpoint = \"imaps://anna@old.example\"\n[[account]]\nname = \"b\"\nendpoint = \"imaps://anna@new.example\"\n"+
			"[[job]]\nname = %s\nfrom = [\"a\"]\nto = \"b\"\n", tomlText(text))
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"run", "undo", "status"} {
			out := completed(verb, "--config", path, "")
			noControls(t, "completion of "+verb, text, out)
			if strings.HasPrefix(out, text+"\n") {
				told++
			}
		}
	}
	if told < 100 {
		t.Errorf("got %d names of jobs, want those that are harmless", told)
	}
}

// tomlText is a text as a basic string; what is no UTF-8 becomes what stands for it.
func tomlText(text string) string {
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, "\\U%08x", r)
	}
	return `"` + b.String() + `"`
}
