package imap

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// TestTextsComeWithTheList: at a real server, which answers side by side, a small
// folder costs one round trip, and each text comes once.
func TestTextsComeWithTheList(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mailtest.Load(t, server.IMAP, user, mailtest.Corpus(7, 90, mailtest.CorpusOptions{Small: true}))
	line := mailtest.Proxy(t, server.IMAP, mailtest.ProxyOptions{})
	s := open(t, line.Addr, user)
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	turns, size := line.Traffic()[0].Turns, int64(0)
	for _, f := range fs {
		if f.Count == 0 {
			continue
		}
		f.Whole = true
		ms := listOf(t, s, f)
		for i, text := range texts(t, s, f, ms) {
			if size += int64(len(text)); int64(len(text)) != ms[i].Size {
				t.Errorf("%s, message %s: got %d bytes, want %d", f.Name(), ms[i].ID, len(text), ms[i].Size)
			}
		}
		was := turns
		if turns = line.Traffic()[0].Turns; turns-was != 1 {
			t.Errorf("%s: took %d round trips, want 1", f.Name(), turns-was)
		}
	}
	if down := line.Traffic()[0].Down; down > size+size/5 {
		t.Errorf("%d bytes came for texts of %d", down, size)
	}
	f := fs[0]
	f.Whole = true
	if ms := listOf(t, s, f); len(ms) != f.Count { // nobody takes the texts
		t.Errorf("got %d messages, want %d", len(ms), f.Count)
	}
	if n, err := s.Count(t.Context(), f); n != f.Count || err != nil {
		t.Errorf("after texts that nobody took: got %d messages, %v, want %d", n, err, f.Count)
	}
}

func listOf(t *testing.T, s *Source, f transfer.Folder) (ms []transfer.Message) {
	t.Helper()
	for m, err := range s.List(t.Context(), f, "") {
		if err != nil {
			t.Fatal(err)
		}
		ms = append(ms, m)
	}
	return ms
}

func texts(t *testing.T, s *Source, f transfer.Folder, ms []transfer.Message) (all []string) {
	t.Helper()
	for x, err := range s.Fetch(t.Context(), f, ms) {
		if err != nil || x.Err != nil || x.ID != ms[len(all)].ID {
			t.Fatalf("message %s: %v, %v", x.ID, err, x.Err)
		}
		text, err := io.ReadAll(x.Body)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

// TestTextsInAnyOrder: whatever a server makes of a list and texts that it is asked
// for at once, every message comes once, with its own text.
func TestTextsInAnyOrder(t *testing.T) {
	item := func(n int) string { return fmt.Sprintf("* %d FETCH (UID %d FLAGS () RFC822.SIZE 5)\r\n", n, n*10) }
	text := func(n int) string {
		return fmt.Sprintf("* %d FETCH (UID %d FLAGS () RFC822.SIZE 5 BODY[] {5}\r\ntext%d)\r\n", n, n*10, n)
	}
	list, body := item(1)+item(2)+item(3), text(1)+text(2)+text(3)
	for _, tc := range []struct {
		name         string
		first, later string // L and T are the tags of list and texts
		again        bool   // texts are asked for once more
	}{
		{"one after the other", list + "L OK\r\n", body + "T OK\r\n", false},
		{"both ended together", "", list + body + "T OK\r\nL OK\r\n", false},
		{"the list ended last but one text", "", list + text(1) + text(2) + "L OK\r\n" + text(3) + "T OK\r\n", false},
		{"mixed", "", item(1) + text(1) + item(2) + text(2) + item(3) + text(3) + "L OK\r\nT OK\r\n", true},
		{"texts first", "", body + "T OK\r\n" + list + "L OK\r\n", true},
		{"backwards", item(3) + item(2) + item(1) + "L OK\r\n", text(3) + text(2) + text(1) + "T OK\r\n", false},
		{"one more came in", list + "L OK\r\n* 4 EXISTS\r\n", body + text(4) + "T OK\r\n", false},
		{"one text left out", list + "L OK\r\n", text(1) + text(3) + "T OK\r\n", true},
		{"texts refused", list + "L OK\r\n", "T NO too much at once\r\n", true},
		{"a flag changed meanwhile", item(1) + "* 1 FETCH (UID 10 FLAGS (\\Seen))\r\n" + item(2) + item(3) + "L OK\r\n", body + "T OK\r\n", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var tags [2]string
			fetches, again := 0, false
			say := func(text string) string {
				return strings.NewReplacer("L OK", tags[0]+" OK done", "T OK", tags[1]+" OK done", "T NO", tags[1]+" NO").Replace(text)
			}
			addr := serveRaw(t, func(tag, command string) string {
				switch {
				case strings.HasPrefix(command, "LIST"):
					return "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 3 UIDNEXT 31 UIDVALIDITY 5 SIZE 15)\r\n" + tag + " OK done\r\n"
				case strings.HasPrefix(command, "EXAMINE"):
					return "* 3 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n* OK [UIDNEXT 31] x\r\n" + tag + " OK [READ-ONLY] done\r\n"
				case strings.HasPrefix(command, "UID FETCH") && fetches < 2:
					tags[fetches] = tag
					if fetches++; fetches == 1 {
						return say(tc.first)
					}
					return say(tc.later)
				case strings.HasPrefix(command, "UID FETCH") && strings.Contains(command, "BODY"):
					again = true
					return body + tag + " OK done\r\n"
				case strings.HasPrefix(command, "UID FETCH"):
					return list + tag + " OK done\r\n"
				case strings.HasPrefix(command, "UID SEARCH"):
					return "* SEARCH 10 20 30\r\n" + tag + " OK done\r\n"
				}
				return tag + " OK done\r\n"
			}, "LIST-STATUS STATUS=SIZE")
			s := open(t, addr, "anna")
			fs, err := s.Folders(t.Context())
			if err != nil || len(fs) != 1 {
				t.Fatal(fs, err)
			}
			fs[0].Whole = true
			ms := listOf(t, s, fs[0])
			if len(ms) != 3 {
				t.Fatalf("got %d messages listed, want 3", len(ms))
			}
			if got := fmt.Sprint(texts(t, s, fs[0], ms)); got != "[text1 text2 text3]" {
				t.Errorf("got %s", got)
			}
			if again != tc.again {
				t.Errorf("asked again: got %v, want %v", again, tc.again)
			}
		})
	}
}
