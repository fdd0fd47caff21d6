package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// TestHostileAnswers sends each payload through what verify, check and discover
// tell, where folders, subjects, flags, certificates and greetings are others'.
func TestHostileAnswers(t *testing.T) {
	for _, text := range payloads() {
		for name, say := range answers(text) {
			var out bytes.Buffer
			say(&out)
			noControls(t, name, text, out.String())
			if !strings.HasSuffix(name, "as JSON") {
				continue
			}
			for line := range strings.Lines(out.String()) {
				if !json.Valid([]byte(line)) {
					t.Errorf("%s: %q makes %s", name, text, line)
				}
			}
		}
	}
}

func answers(text string) map[string]func(*bytes.Buffer) {
	verify := func(asJSON bool) func(*bytes.Buffer) {
		return func(w *bytes.Buffer) {
			l := &differenceList{w: w, json: asJSON, several: true}
			for _, kind := range []transfer.Variance{transfer.NoFolder, transfer.MissingThere, transfer.Altered, transfer.Misplaced, transfer.Unread, transfer.Surplus} {
				_ = l.add(hostileDifference(kind, text))
			}
			l.end()
		}
	}
	check := func(asJSON bool) func(*bytes.Buffer) {
		return func(w *bytes.Buffer) {
			f := &findings{w: w, asJSON: asJSON, count: map[grade]int{}}
			f.say(good, "server", "greets: %s", greeting(text))
			f.say(note, "folders", "%s", text)
			f.fail("sign-in", text, "%v", errors.New(text))
			tellFolders(f, []transfer.Folder{{Path: []string{text, text}, Role: transfer.Role(text), Count: 1}}, true)
		}
	}
	found := &provider.Found{
		Address: provider.Address{Local: text, Domain: text},
		Offers:  []provider.Offer{{Endpoint: dial.Endpoint{Scheme: "imaps", User: text, Host: text, Port: 993}, From: text, LoginFrom: "user " + text}},
		Asked:   []provider.Asked{{Where: text, Answer: text}},
	}
	return map[string]func(*bytes.Buffer){
		"verify":           verify(false),
		"verify as JSON":   verify(true),
		"check":            check(false),
		"check as JSON":    check(true),
		"discover":         func(w *bytes.Buffer) { tellFound(w, found, true) },
		"discover as JSON": func(w *bytes.Buffer) { writeLine(w, discoveredLine(found, 0)) },
	}
}

func hostileDifference(kind transfer.Variance, text string) transfer.Difference {
	folder := transfer.Folder{Path: []string{text}}
	return transfer.Difference{
		Kind: kind, Source: text, From: text, To: text, There: text, Origin: folder, Place: folder, Target: folder,
		ID: text, UID: 7, Date: time.Unix(1e9, 0), Size: 12, Subject: text, MessageID: text, Bytes: true,
		DateThere: time.Unix(2e9, 0), Lacks: []transfer.Flag{transfer.Flag(text)}, Extra: []transfer.Flag{transfer.Flag(text)},
		SizeThere: 13, Words: text,
	}
}

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
