package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
	"github.com/mailhaul/mailhaul/transfer"
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
