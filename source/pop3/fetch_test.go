package pop3

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// fetched is a message with its text read.
type fetched struct {
	transfer.Fetched
	text string
}

// fetch fetches and reads all.
func fetch(t *testing.T, s *Source, ms []transfer.Message) []fetched {
	t.Helper()
	var out []fetched
	for x, err := range s.Fetch(t.Context(), transfer.Folder{}, ms) {
		if err != nil {
			t.Fatal(err)
		}
		f := fetched{Fetched: x}
		if x.Err == nil {
			text, err := io.ReadAll(x.Body)
			if err != nil {
				t.Fatal(err)
			}
			f.text = string(text)
		}
		out = append(out, f)
	}
	return out
}

func TestFetchExact(t *testing.T) {
	box := []string{
		"Subject: a\r\n\r\nbody\r\n",
		"Subject: no final line end\r\n\r\nbody",
		"Subject: dots\r\n\r\n.\r\n..\r\n.a\r\n",
		"Subject: header only\r\n",
		"\r\nno header\r\n",
		"",
		"Subject: long\r\n\r\n" + strings.Repeat("x", 200<<10) + "\r\n",
		"X-Long: " + strings.Repeat("y", 300<<10) + "\r\n\r\nbody\r\n",
		"Subject: \xff\x00\r\n\r\n\rlone\r\r\n",
	}
	for _, capa := range []string{"", ahead} {
		s := (&fake{mails: box, capa: capa}).open(t)
		got := fetch(t, s, list(t, s, ""))
		if len(got) != len(box) {
			t.Fatalf("got %d messages, want %d", len(got), len(box))
		}
		for i, g := range got {
			if g.text != box[i] || g.Mended == nil || *g.Mended != (transfer.Mended{}) {
				t.Errorf("message %d: got %.60q, %+v, want %.60q", i, g.text, g.Mended, box[i])
			}
		}
	}
}

func TestFetchMendsBareLF(t *testing.T) {
	f := &fake{mails: mails(1), replies: map[string]string{"RETR 1": "+OK\r\nSubject: x\n\na\n.\nb\r\n.\r\n"}}
	s := f.open(t)
	got := fetch(t, s, list(t, s, ""))[0]
	if want := "Subject: x\r\n\r\na\r\n.\r\nb\r\n"; got.text != want || got.Mended.LineEnds != 4 {
		t.Errorf("got %q, %+v, want %q with 4 line ends", got.text, got.Mended, want)
	}
}

// With PIPELINING three RETRs leave before the first reply; without, the
// server would wait for ever.
func TestFetchAhead(t *testing.T) {
	f := &fake{mails: mails(3), capa: ahead, gather: 3}
	s := f.open(t)
	if got := fetch(t, s, list(t, s, "")); len(got) != 3 {
		t.Errorf("got %d messages, want 3", len(got))
	}
	f = &fake{mails: mails(3), capa: "UIDL\r\n", gather: 2}
	a := f.start(t)
	a.Timeout = 50 * time.Millisecond
	s = signedIn(t, a)
	ms := list(t, s, "")
	for _, err := range s.Fetch(t.Context(), transfer.Folder{}, ms) {
		if err == nil {
			t.Error("a RETR was sent ahead without PIPELINING")
		}
	}
}

func TestWindow(t *testing.T) {
	s := &Source{caps: capabilities{"PIPELINING": ""}}
	for _, tc := range []struct {
		commands int
		bytes    int64
		want     bool
	}{{1, 0, true}, {aheadCommands - 1, aheadBytes, true}, {aheadCommands, 0, false}, {1, aheadBytes + 1, false}} {
		if got := s.fits(tc.commands, tc.bytes); got != tc.want {
			t.Errorf("%d commands, %d bytes: got %v, want %v", tc.commands, tc.bytes, got, tc.want)
		}
	}
	if (&Source{}).fits(1, 0) {
		t.Error("without PIPELINING: got true, want false")
	}
}

func TestRefusedMessages(t *testing.T) {
	for _, capa := range []string{"", ahead} {
		f := &fake{mails: mails(6), capa: capa, replies: map[string]string{
			"RETR 2": "-ERR Message 2 expunged.\r\n",
			"RETR 4": "-ERR cannot open message file\r\n",
			"RETR 5": "-ERR [SYS/TEMP] no such message in the cache now\r\n",
		}}
		s := f.open(t)
		ms := list(t, s, "")
		ms = slices.Insert(ms, 3, transfer.Message{ID: "never was"})
		got := fetch(t, s, ms)
		if len(got) != 7 {
			t.Fatalf("got %d, want 7", len(got))
		}
		for i, g := range got {
			gone := errors.Is(g.Err, transfer.ErrVanished)
			switch i {
			case 1, 3:
				if !gone || g.Body != nil {
					t.Errorf("%d: got %v, want ErrVanished alone", i, g.Err)
				}
			case 4:
				if gone || !transfer.Permanent(g.Err) || !strings.Contains(g.Err.Error(), "cannot open message file") {
					t.Errorf("%d: got %v, want the server's words", i, g.Err)
				}
			case 5:
				if gone || g.Err == nil || transfer.Permanent(g.Err) {
					t.Errorf("%d: got %v, want a temporary refusal", i, g.Err)
				}
			default:
				if want := f.mails[int(ms[i].ID[4]-'1')]; g.text != want {
					t.Errorf("%d: got %q, %v, want %q", i, g.text, g.Err, want)
				}
			}
		}
	}
}

func TestCutInTheMiddle(t *testing.T) {
	for _, cut := range []string{"Subj", "Subject: x\r\n\r\nbo", "Subject: x\r\n\r\nbody\r\n", "Subject: x\r\n\r\nbody\r\n.\r"} {
		f := &fake{mails: mails(3), capa: ahead, replies: map[string]string{"RETR 2": "+OK\r\n" + cut + hangUp}}
		s := f.open(t)
		n, last := 0, error(nil)
		for x, err := range s.Fetch(t.Context(), transfer.Folder{}, list(t, s, "")) {
			if last = err; err != nil {
				continue
			}
			n++
			_, err := io.ReadAll(x.Body)
			if want := n == 2; errors.Is(err, io.ErrUnexpectedEOF) != want || (err != nil) != want {
				t.Errorf("cut after %q, message %d: got %v, want an unexpected end for the second alone", cut, n, err)
			}
		}
		if n != 2 || last == nil || transfer.Permanent(last) {
			t.Errorf("cut after %q: got %d messages and %v, want 2 and a temporary error", cut, n, last)
		}
	}
}

func TestReplyOutOfStep(t *testing.T) {
	f := &fake{mails: mails(3), capa: ahead, replies: map[string]string{"RETR 1": "+OK\r\na\r\n.\r\nstray\r\n"}}
	s := f.open(t)
	var last error
	for _, err := range s.Fetch(t.Context(), transfer.Folder{}, list(t, s, "")) {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), `"stray"`) {
		t.Errorf("got %v, want the stray line", last)
	}
}

func TestBodiesLeftUnread(t *testing.T) {
	f := &fake{mails: append(mails(8), "Subject: big\r\n\r\n"+strings.Repeat("0123456789\r\n", 1<<16)), capa: ahead}
	s := f.open(t)
	ms := list(t, s, "")
	slices.Reverse(ms) // the big one first
	var old io.Reader
	for x, err := range s.Fetch(t.Context(), transfer.Folder{}, ms) {
		if err != nil || x.Err != nil {
			t.Fatal(err, x.Err)
		}
		if old != nil {
			if n, err := old.Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
				t.Errorf("the former body: got %d, %v, want an error", n, err)
			}
		}
		old = x.Body
	}
	for at := range 3 {
		n := 0
		for range s.Fetch(t.Context(), transfer.Folder{}, ms) {
			if n++; n > at {
				break
			}
		}
		got := fetch(t, s, ms[1:3])
		if got[0].text != f.mails[7] || got[1].text != f.mails[6] {
			t.Errorf("after leaving at %d: got %q and %q", at, got[0].text, got[1].text)
		}
	}
}

func TestFetchCancelled(t *testing.T) {
	f := &fake{mails: mails(2), capa: ahead, replies: map[string]string{"RETR 2": stall}}
	s := f.open(t)
	ms := list(t, s, "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range s.Fetch(ctx, transfer.Folder{}, ms) {
		last = err
		cancel()
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", last)
	}
	if _, err := s.Folders(t.Context()); err == nil {
		t.Error("folders on a session that was cut off: got nil, want an error")
	}
}

func TestSilentServer(t *testing.T) {
	f := &fake{mails: mails(1), replies: map[string]string{"RETR": stall}}
	a := f.start(t)
	a.Timeout = 50 * time.Millisecond
	s := signedIn(t, a)
	for _, err := range s.Fetch(t.Context(), transfer.Folder{}, list(t, s, "")) {
		var e *dial.Error
		if !errors.As(err, &e) || e.Kind != dial.Timeout {
			t.Errorf("got %v, want a timeout", err)
		}
	}
}

func TestOneCallAtATime(t *testing.T) {
	s := (&fake{mails: mails(2), capa: ahead}).open(t)
	for range s.List(t.Context(), transfer.Folder{}, "") {
		if _, err := s.Folders(t.Context()); !errors.Is(err, errBusy) {
			t.Errorf("got %v, want %v", err, errBusy)
		}
	}
}
