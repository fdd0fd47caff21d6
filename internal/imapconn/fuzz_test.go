package imapconn

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// overheard is a session over an input that just ends, and what it sends.
func overheard(t *testing.T, input []byte) (*Conn, *bytes.Buffer) {
	c := fuzzed(t, input)
	sent := &bytes.Buffer{}
	c.conn.W = bufio.NewWriter(sent)
	return c, sent
}

// FuzzFetch: what a server says of a message is read as it was meant, in
// whatever order, case and dress it says it.
func FuzzFetch(f *testing.F) {
	f.Add(uint32(7), uint32(1), int64(5), "\\Seen $Junk", int64(1420459200), []byte("hello"), uint64(0))
	f.Add(uint32(1<<32-1), uint32(3), int64(1<<40), "a ] b", int64(0), []byte(")\r\nm1 OK\r\n{3}\r\n"), uint64(0x1234567))
	f.Fuzz(func(t *testing.T, uid, seq uint32, size int64, flags string, unix int64, text []byte, dress uint64) {
		if uid == 0 || len(flags) > maxFlags/10 || strings.ContainsFunc(flags, func(r rune) bool { return r < ' ' || strings.ContainsRune("\x7f(){}\"\\~", r) }) {
			return
		}
		size &= 1<<40 - 1
		date := time.Unix(unix&0x7fffffff, 0).UTC()
		words := strings.Fields(`\Seen ` + flags)
		items := []string{
			fmt.Sprintf("UID %d", uid), fmt.Sprintf("RFC822.SIZE %d", size), "FLAGS (" + strings.Join(words, " ") + ")",
			"INTERNALDATE " + date.Format(`"_2-Jan-2006 15:04:05 -0700"`), fmt.Sprintf("BODY[] {%d}\r\n%s", len(text), text),
			`X-ODD (a (b "c)" {2}` + "\r\n)) (d)) NIL)", "MODSEQ (12)",
		}
		for i := range items { // shuffle
			dress = dress*6364136223846793005 + 1442695040888963407
			k := i + int(dress>>33)%(len(items)-i)
			items[i], items[k] = items[k], items[i]
			name, rest, _ := strings.Cut(items[i], " ")
			if dress>>40&1 == 1 {
				name = strings.ToLower(name)
			}
			items[i] = name + strings.Repeat(" ", 1+int(dress>>41&1)) + rest
		}
		c, _ := overheard(t, fmt.Appendf(nil, "* %d FETCH (%s)\r\nm1 OK done\r\n", seq, strings.Join(items, " ")))
		calls := 0
		var got []byte
		p := c.queueFetch("1:*", "x", func(_ *Item, b *Literal) (err error) {
			got, err = io.ReadAll(b)
			return err
		}, func(it *Item) error {
			calls++
			if it.UID != uid || it.Seq != seq || it.Size != size || !it.HasFlags || !slices.Equal(it.Flags, words) || !it.Date.Equal(date) || !it.HasBody {
				t.Errorf("%q: got %+v", items, *it)
			}
			return nil
		})
		if err := c.Wait(p); err != nil || calls != 1 || !bytes.Equal(got, text) {
			t.Errorf("%q: got %d replies, text %q, %v", items, calls, got, err)
		}
	})
}

// FuzzBodies: whatever the server sends, messages come out in order, each once
// at most, with as many bytes as they say; and without an error all of them do.
func FuzzBodies(f *testing.F) {
	f.Add([]byte("* 1 FETCH (UID 5 BODY[] {2}\r\nhi)\r\n* 2 FETCH (UID 9 BODY[] {1}\r\nx)\r\nm1 OK\r\n"))
	f.Add([]byte("* 2 FETCH (UID 9 BODY[] {1}\r\nx)\r\n* 1 FETCH (BODY[] \"hi\" UID 5)\r\nm1 OK\r\n* SEARCH 7\r\nm2 OK\r\nm3 OK\r\nm4 NO\r\nm5 OK\r\n"))
	f.Add([]byte("m1 NO\r\nm2 OK\r\nm3 OK\r\nm4 OK\r\nm5 OK\r\nm6 OK\r\nm7 OK\r\nm8 OK\r\nm9 OK\r\nm10 OK\r\n"))
	f.Fuzz(func(t *testing.T, input []byte) {
		c, _ := overheard(t, input)
		wants := []Want{{UID: 5, Size: 2}, {UID: 7, Size: -1}, {UID: 9, Size: 1}}
		next := 0
		err := c.Bodies(t.Context(), wants, func(b Body) bool {
			if b.Index != next {
				t.Fatalf("%q: got message %d, want %d", input, b.Index, next)
			}
			next++
			if b.Body == nil {
				if !b.Gone && b.Err == nil {
					t.Fatalf("%q: message %d has neither bytes nor a reason", input, b.Index)
				}
				return true
			}
			if n, err := io.Copy(io.Discard, b.Body); err == nil && n != b.Size {
				t.Fatalf("%q: message %d: got %d bytes, want %d", input, b.Index, n, b.Size)
			}
			return true
		})
		if err == nil && next != len(wants) {
			t.Errorf("%q: got %d messages and no error", input, next)
		}
	})
}

// FuzzCommand: a command is one line, whatever its arguments; what would be more
// is refused and never sent.
func FuzzCommand(f *testing.F) {
	f.Add("INBOX", "SELECT ")
	f.Add("a\"b\\c", "LIST \"\" ")
	f.Add("x\r\nm2 DELETE INBOX", "NOOP")
	f.Add("x", "a\x00b")
	f.Fuzz(func(t *testing.T, name, verb string) {
		c, sent := overheard(t, nil)
		p := c.Queue(verb, Name(name))
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(name+verb, "\r\n\x00") {
			if sent.Len() > 0 || !p.Done() || p.Reply.Err() == nil {
				t.Errorf("%q %q: got %q sent", verb, name, sent)
			}
			return
		}
		line, ok := strings.CutSuffix(sent.String(), "\r\n")
		text, tagged := strings.CutPrefix(line, "m1 "+verb)
		if !ok || !tagged || strings.ContainsAny(line, "\r\n\x00") || text == "" {
			t.Fatalf("%q %q: got %q sent", verb, name, sent)
		}
		r := reader{line: []byte(text)}
		if got := string(r.quoted()); got != name || len(r.line) > 0 {
			t.Errorf("%q: got %q on the line, which is %q", name, text, got)
		}
	})
}

// FuzzSet: a set holds just the UIDs it was made of, and fits into a line.
func FuzzSet(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00\xff\xff\xff\xff"), 1)
	f.Fuzz(func(t *testing.T, raw []byte, spread int) {
		want := map[uint32]bool{}
		var uids []uint32
		for ; len(raw) >= 4; raw = raw[4:] {
			uids = append(uids, uint32(raw[0])<<24|uint32(raw[1])<<16|uint32(raw[2])<<8|uint32(raw[3]))
		}
		for i := range spread & 0xfff {
			uids = append(uids, uint32(i*3+1))
		}
		if len(uids) == 0 {
			return
		}
		set, n := Set(uids)
		if len(set) > maxSet || n < 1 || n > len(uids) {
			t.Fatalf("got %d bytes for %d of %d UIDs", len(set), n, len(uids))
		}
		for _, uid := range uids[:n] {
			want[uid] = true
		}
		delete(want, 0)
		if len(want) == 0 {
			return
		}
		last := uint64(0)
		for part := range strings.SplitSeq(set, ",") {
			first, stop, isRange := strings.Cut(part, ":")
			from, ok := ParseUID(first)
			to := from
			if isRange {
				to, ok = ParseUID(stop)
			}
			if !ok || uint64(from) <= last || to < from || uint64(to-from) > uint64(len(uids)) {
				t.Fatalf("got part %q of %.100q", part, set)
			}
			for uid := uint64(from); uid <= uint64(to); uid++ {
				if !want[uint32(uid)] {
					t.Fatalf("UID %d is in %.100q and was not asked for", uid, set)
				}
				delete(want, uint32(uid))
			}
			last = uint64(to)
		}
		if len(want) > 0 {
			t.Errorf("%d UIDs are missing from %.100q", len(want), set)
		}
	})
}

// FuzzInternalDate: a date is read as it was written; what is none is the zero
// time, and no year is before 1970.
func FuzzInternalDate(f *testing.F) {
	f.Add(int64(837596665), 420, "17-Jul-1996 02:44:25 -0700")
	f.Add(int64(0), 0, " 1-Jan-1970 00:00:60 +9999")
	f.Add(int64(0), 0, "30-Dec-1899 00:00:00 +0000")
	f.Fuzz(func(t *testing.T, unix int64, zone int, text string) {
		var r reader
		if d := r.date([]byte(text)); !d.IsZero() && d.Year() < 1970 {
			t.Errorf("%q: got %v", text, d)
		}
		zone %= 24 * 60
		want := time.Unix(86400+unix&0xffffffff, 0).In(time.FixedZone("", zone*60))
		if want.Year() < 1970 {
			return
		}
		for _, layout := range []string{"_2-Jan-2006 15:04:05 -0700", "02-Jan-2006 15:04:05 -0700", "2-Jan-2006 15:04:05 -0700"} {
			if got := r.date([]byte(want.Format(layout))); !got.Equal(want) {
				t.Errorf("%s: got %v", want.Format(layout), got)
			}
		}
	})
}

// FuzzFolderPath: a folder that we name is found under the same path again.
func FuzzFolderPath(f *testing.F) {
	f.Add("Archive\n2019 & more", "/", "INBOX/")
	f.Add("日本\n😀", ".", "")
	f.Fuzz(func(t *testing.T, names, delim, prefix string) {
		path := strings.Split(names, "\n")
		if len(delim) > 1 || delim == "&" || delim == "-" || delim == "," || delim >= "+" && delim <= "z" && delim != "." && delim != "/" ||
			delim != "" && (delim < " " || delim > "~") {
			return // no server has a delimiter that stands in modified UTF-7
		}
		tree := &Tree{Prefix: prefix, Delimiter: delim}
		wire, err := tree.Wire(path)
		if err != nil || !utf8.ValidString(names) || strings.ContainsAny(names, "\x00\ufffd") || strings.EqualFold(path[0], "INBOX") {
			return
		}
		if strings.ContainsFunc(strings.TrimPrefix(string(wire), prefix), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q: got %q on the wire", path, wire)
		}
		if prefix != "" && !strings.HasSuffix(prefix, delim) {
			return
		}
		if got := tree.path(string(wire), delim); !slices.Equal(got, path) {
			t.Errorf("%q: got %q by way of %q", path, got, wire)
		}
	})
}

// FuzzStatus: a status reply is read without loss of its words, and its marks do
// not contradict each other.
func FuzzStatus(f *testing.F) {
	for _, s := range []string{
		"[ALERT] Too many simultaneous connections. (Failure)", "[OVERQUOTA] full", "[PERMANENTFLAGS (\\* a])] x", "[no end",
		"Request is throttled. Suggested Backoff Time: 299609 milliseconds", "[UIDNEXT 5]", "",
	} {
		f.Add(s, "NO", true)
	}
	f.Fuzz(func(t *testing.T, line, kind string, signIn bool) {
		r := reader{line: []byte(line)}
		rep := r.reply(kind)
		if rep.Code != strings.ToUpper(rep.Code) || len(r.line) > 0 || len(rep.Code)+len(rep.Arg)+len(rep.Text) > 3*len(line) {
			t.Errorf("%q: got %+v", line, rep)
		}
		e := &Error{Reply: rep, SignIn: signIn}
		if e.RetryAfter() < 0 || e.Permanent() && e.Busy() || e.Error() == "" {
			t.Errorf("%q: got %v, permanent and busy, or %v", line, e, e.RetryAfter())
		}
		if e.Busy() && Refusal(e) != nil {
			t.Errorf("%q: a server in trouble has refused for good", line)
		}
	})
}
