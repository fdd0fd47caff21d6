package pop3

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// list lists the messages after one.
func list(t *testing.T, s *Source, after string) []transfer.Message {
	t.Helper()
	var out []transfer.Message
	for m, err := range s.List(t.Context(), transfer.Folder{}, after) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

func ids(ms []transfer.Message) []string {
	var out []string
	for _, m := range ms {
		out = append(out, m.ID)
	}
	return out
}

func TestFolders(t *testing.T) {
	f := &fake{mails: mails(3), capa: ahead}
	s := f.open(t)
	fs, err := s.Folders(t.Context())
	if err != nil || len(fs) != 1 {
		t.Fatalf("got %v, %v, want one folder", fs, err)
	}
	got := fs[0]
	if !slices.Equal(got.Path, []string{"INBOX"}) || got.Role != transfer.RoleInbox || got.Count != 3 ||
		got.Bytes != int64(len(strings.Join(f.mails, ""))) || got.Epoch != "" || got.State == "" {
		t.Errorf("got %+v, want INBOX with 3 messages and a state", got)
	}
	same, _ := (&fake{mails: mails(3), capa: ahead}).open(t).Folders(t.Context())
	more, _ := (&fake{mails: mails(4), capa: ahead}).open(t).Folders(t.Context())
	if same[0].State != got.State || more[0].State == got.State {
		t.Errorf("states: got %q, %q and with one more %q, want the first two equal", got.State, same[0].State, more[0].State)
	}
}

func TestList(t *testing.T) {
	f := &fake{mails: mails(5), uidls: []string{"b", "a", "e", "c", "d"}}
	s := f.open(t)
	ms := list(t, s, "")
	if got, want := ids(ms), []string{"b", "a", "e", "c", "d"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for i, m := range ms {
		if m.Size != int64(len(f.mails[i])) || !m.Date.IsZero() || m.Flags != nil {
			t.Errorf("message %d: got %+v, want the size %d alone", i, m, len(f.mails[i]))
		}
	}
	for after, want := range map[string][]string{
		"b": {"a", "e", "c", "d"}, "e": {"c", "d"}, "d": nil,
	} {
		if got := ids(list(t, s, after)); !slices.Equal(got, want) {
			t.Errorf("after %q: got %q, want %q", after, got, want)
		}
	}
	for m, err := range s.List(t.Context(), transfer.Folder{}, "gone") {
		if err == nil {
			t.Errorf("after a message that is gone: got %q, want an error", m.ID)
		}
	}
}

func TestListsAreStrict(t *testing.T) {
	for _, tc := range []struct{ command, reply, want string }{
		{"LIST", "+OK\r\n1 5\r\n2\r\n3 5\r\n.\r\n", "nothing stands after"},
		{"UIDL", "+OK\r\n1 a\r\n\r\n3 c\r\n.\r\n", `line 2 ""`},
		{"UIDL", "+OK\r\nx a\r\n2 b\r\n3 c\r\n.\r\n", `line 1 "x a"`},
		{"UIDL", "+OK\r\n-1 a\r\n2 b\r\n3 c\r\n.\r\n", `line 1 "-1 a"`},
		{"UIDL", "+OK\r\n+1 a\r\n2 b\r\n3 c\r\n.\r\n", `line 1 "+1 a"`},
		{"UIDL", "+OK\r\n1 a\r\n2 b\r\n4 c\r\n.\r\n", "there are 3 messages"},
		{"UIDL", "+OK\r\n0 a\r\n2 b\r\n3 c\r\n.\r\n", "there are 3 messages"},
		{"UIDL", "+OK\r\n1 a\r\n1 b\r\n3 c\r\n.\r\n", "for the second time"},
		{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n", "UIDL tells 2 messages, STAT 3"},
		{"UIDL", "+OK\r\n.\r\n", "UIDL tells 0 messages"},
		{"UIDL", "+OK\r\n1 " + strings.Repeat("a", 5000) + "\r\n", "more than 4096 bytes"},
		{"UIDL", "+OK\r\n1 a\r\n" + hangUp, "hung up"},
		{"UIDL", "-ERR [SYS/TEMP] later\r\n", "later"},
		{"LIST", "+OK\r\n1 5\r\n2 x\r\n3 7\r\n.\r\n", `LIST line 2 "2 x"`},
		{"LIST", "+OK\r\n1 5\r\n2 -5\r\n3 7\r\n.\r\n", "no number"},
		{"LIST", "+OK\r\n1 5\r\n2 +5\r\n3 7\r\n.\r\n", "no number"},
		{"LIST", "+OK\r\n1 5\r\n2 99999999999999999999\r\n3 7\r\n.\r\n", "no number"},
		{"LIST", "+OK\r\n1 5\r\n1 6\r\n3 7\r\n.\r\n", "for the second time"},
		{"LIST", "-ERR no\r\n", "refused the LIST"},
		{"STAT", "+OK 3\r\n", "answer to STAT"},
		{"STAT", "+OK three 7\r\n", "answer to STAT"},
		{"STAT", "+OK 3 -7\r\n", "answer to STAT"},
		{"STAT", "+OK 4000000000 7\r\n", "answer to STAT"},
		{"STAT", "-ERR no\r\n", "refused the STAT"},
		{"STAT", "\r\n", "is no POP3"},
	} {
		for _, capa := range []string{"", ahead} {
			f := &fake{mails: mails(3), capa: capa, replies: map[string]string{tc.command: tc.reply}}
			s := f.open(t)
			_, err := s.Folders(t.Context())
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s %.50q: got %v, want %q", tc.command, tc.reply, err, tc.want)
			}
			if _, again := s.Folders(t.Context()); again == nil {
				t.Errorf("%s %.50q: folders after an error: got nil", tc.command, tc.reply)
			}
		}
	}
	f := &fake{mails: mails(2), replies: map[string]string{"LIST": "+OK\r\n2 8 and more\r\n1 7\r\n.\r\n"}}
	if ms := list(t, f.open(t), ""); ms[0].Size != 7 || ms[1].Size != 8 {
		t.Errorf("sizes with words after them: got %+v, want 7 and 8", ms)
	}
}

func TestEndlessCapa(t *testing.T) {
	f := &fake{capa: strings.Repeat("X-FILL\r\n", 1<<18)}
	if _, err := New(t.Context(), f.start(t)); err == nil || !strings.Contains(err.Error(), "without an end") {
		t.Errorf("got %v, want the reply refused", err)
	}
}

// Without UIDL messages are named by their headers, the same in every session,
// with TOP and without, and whether read or not.
func TestNamesWithoutUIDL(t *testing.T) {
	box := mails(4)
	box[2] = box[0]
	read := slices.Clone(box)
	read[3] = "Status: RO\r\n" + read[3]
	sizes := "+OK\r\n"
	for i, m := range box {
		sizes += fmt.Sprintf("%d %d\r\n", i+1, len(m))
	}
	sizes += ".\r\n"
	no := "-ERR unknown command\r\n"
	var want []string
	for name, f := range map[string]*fake{
		"TOP, ahead":  {mails: box, capa: "TOP\r\nPIPELINING\r\n"},
		"TOP":         {mails: box, capa: "TOP\r\n"},
		"no TOP":      {mails: box, capa: "PIPELINING\r\n", replies: map[string]string{"TOP": no}},
		"no CAPA":     {mails: box},
		"neither":     {mails: box, replies: map[string]string{"TOP": no}},
		"status told": {mails: read, capa: "TOP\r\n"},
	} {
		if f.replies == nil {
			f.replies = map[string]string{}
		}
		f.replies["UIDL"], f.replies["LIST"] = no, sizes
		s := f.open(t)
		ms := list(t, s, "")
		got := ids(ms)
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) || got[2] != got[0]+" #2" || !strings.HasPrefix(got[0], "top:") {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if notes := s.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "does not name its messages (no UIDL)") {
			t.Errorf("%s: got the notes %q, want that there is no UIDL", name, notes)
		}
		if ms[1].Ident != transfer.Identify([]byte(box[1])) {
			t.Errorf("%s: got another identity than the bytes say", name)
		}
		if fs, err := s.Folders(t.Context()); err != nil || fs[0].State != "" {
			t.Errorf("%s: folders: got state %q, %v, want none", name, fs[0].State, err)
		}
		for i, g := range fetch(t, s, ms) {
			if g.text != f.mails[i] {
				t.Errorf("%s: message %d: got %q, want %q", name, i, g.text, f.mails[i])
			}
		}
		if got := ids(list(t, f.open(t), "")); !slices.Equal(got, want) {
			t.Errorf("%s, another session: got %q, want %q", name, got, want)
		}
	}
}

// A server that has UIDL may not fall back on other names for once: all mail
// would look new.
func TestUIDLRefusedForOnce(t *testing.T) {
	f := &fake{mails: mails(2), capa: ahead, replies: map[string]string{"UIDL": "-ERR oops\r\n"}}
	if _, err := f.open(t).Folders(t.Context()); err == nil || !strings.Contains(err.Error(), "oops") {
		t.Errorf("got %v, want the refusal", err)
	}
}

func TestLargeMaildrop(t *testing.T) {
	const n = 100_000
	var uidl, sizes strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&uidl, "%d %032x\r\n", i, i)
		fmt.Fprintf(&sizes, "%d %d\r\n", i, i)
	}
	f := &fake{capa: ahead, replies: map[string]string{
		"STAT": fmt.Sprintf("+OK %d 5000\r\n", n), "UIDL": "+OK\r\n" + uidl.String() + ".\r\n", "LIST": "+OK\r\n" + sizes.String() + ".\r\n",
	}}
	s := f.open(t)
	before := mailtest.Heap()
	if _, err := s.Folders(t.Context()); err != nil {
		t.Fatal(err)
	}
	if used := mailtest.Heap() - before; used > 16<<20 {
		t.Errorf("%d messages take %d bytes, want less than 16 MiB", n, used)
	}
	if got := s.drop.number(fmt.Sprintf("%032x", 77_777)); got != 77_777 {
		t.Errorf("got message %d, want 77777", got)
	}
}

func FuzzUIDL(f *testing.F) {
	f.Add("1 a\r\n2 b\r\n.\r\n", 2)
	f.Add("1\r\n", 1)
	f.Add("2 x\r\n2 y\r\n.\r\n", 2)
	f.Fuzz(func(t *testing.T, s string, count int) {
		count &= 0xff
		in := bufio.NewReader(strings.NewReader(s))
		next := func() ([]byte, error) {
			line, err := in.ReadBytes('\n')
			return bytes.TrimRight(line, "\r\n"), ended(err)
		}
		seen := map[int]bool{}
		err := readNumbered("UIDL", count, next, func(n int, rest []byte) string {
			if n < 1 || n > count {
				t.Errorf("%q: got number %d with %q of %d", s, n, rest, count)
			}
			if seen[n] {
				return "twice"
			}
			seen[n] = true
			return ""
		})
		if err == nil && len(seen) != count {
			t.Errorf("%q: got %d messages and no error, want %d", s, len(seen), count)
		}
	})
}
