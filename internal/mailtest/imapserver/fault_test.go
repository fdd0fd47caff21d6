package imapserver_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// talk sends text over a line of its own and reads what comes until the server
// closes it.
func talk(t *testing.T, s *imapserver.Server, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "a LOGIN anna pw\r\n"+text+"z LOGOUT\r\n"); err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(bufio.NewReader(conn)) // a reset is an end too
	lines := strings.SplitAfterN(string(got), "\r\n", 3)
	if len(lines) < 3 {
		return ""
	}
	return strings.TrimSuffix(lines[2], "* BYE see you\r\nz OK done\r\n")
}

const (
	opens   = "b SELECT INBOX\r\n"
	fetches = "c UID FETCH 1:* (UID RFC822.SIZE BODY.PEEK[])\r\n"
	appends = "c APPEND INBOX {2+}\r\nhi\r\n"
)

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault imapserver.Fault
		say   string
		want  string // ends what the server says
		kept  int    // messages in INBOX afterwards, 2 are there before
	}{
		{"none", imapserver.Fault{On: "NOOP", Say: "NO never"}, appends, "c OK [APPENDUID 1001 3] stored\r\n", 3},
		{"say", imapserver.Fault{On: "APPEND", Say: "NO [OVERQUOTA] full"}, appends, "c NO [OVERQUOTA] full\r\n", 2},
		{"say late", imapserver.Fault{On: "APPEND", Say: "NO odd", Late: true}, appends, "c NO odd\r\n", 3},
		{"other folder", imapserver.Fault{On: "APPEND", In: "Sent", Say: "NO"}, appends, "c OK [APPENDUID 1001 3] stored\r\n", 3},
		{"with", imapserver.Fault{On: "APPEND", With: "hi", Say: "NO hi"}, appends, "c NO hi\r\n", 2},
		{"without", imapserver.Fault{On: "APPEND", With: "ho", Say: "NO hi"}, appends, "c OK [APPENDUID 1001 3] stored\r\n", 3},
		{"second", imapserver.Fault{On: "APPEND", From: 2, Say: "NO two"}, appends + appends, "stored\r\nc NO two\r\n", 3},
		{"twice", imapserver.Fault{On: "APPEND", Times: 2, Say: "NO"}, appends + appends + appends, "c NO\r\nc NO\r\nc OK [APPENDUID 1001 3] stored\r\n", 3},
		{"at literal", imapserver.Fault{On: "APPEND", AtLiteral: true, Say: "NO [TOOBIG]"}, appends, "c NO [TOOBIG]\r\n", 2},
		{"in literal", imapserver.Fault{On: "APPEND", InLiteral: 1, Bye: "bye"}, appends, "* BYE bye\r\n", 2},
		{"bye late", imapserver.Fault{On: "APPEND", Late: true, Bye: "bye"}, appends, "* BYE bye\r\n", 3},
		{"not stored", imapserver.Fault{On: "APPEND", Store: func(*imapserver.Message) bool { return false }}, appends, "c OK [APPENDUID 1001 3] stored\r\n", 2},
		{"line", imapserver.Fault{On: "SELECT", Line: func(l string) string {
			if strings.HasPrefix(l, "b ") {
				return l
			}
			return ""
		}}, "b EXAMINE INBOX\r\n", "b OK [READ-ONLY] open\r\n", 2},
		{"first", imapserver.Fault{On: "NOOP", First: "* 7 EXISTS"}, "b NOOP\r\n", "* 7 EXISTS\r\nb OK done\r\n", 2},
		{"drop", imapserver.Fault{On: "UID FETCH", Items: 1, Item: func(it *imapserver.Item) { it.Times = 0 }}, opens + fetches,
			"open\r\n* 2 FETCH (UID 2 RFC822.SIZE 3 BODY[] {3}\r\ntwo)\r\nc OK done\r\n", 2},
		{"double", imapserver.Fault{On: "UID FETCH", Item: func(it *imapserver.Item) { it.Times = 2 - it.Seq/2*2; it.Size = "0" }}, opens + fetches,
			"open\r\n* 1 FETCH (UID 1 RFC822.SIZE 0 BODY[] {3}\r\none)\r\n* 1 FETCH (UID 1 RFC822.SIZE 0 BODY[] {3}\r\none)\r\nc OK done\r\n", 2},
		{"nil", imapserver.Fault{On: "UID FETCH", Item: func(it *imapserver.Item) { it.NilBody, it.UIDLast = true, true }}, opens + fetches,
			"* 2 FETCH (RFC822.SIZE 3 BODY[] NIL UID 2)\r\nc OK done\r\n", 2},
		{"short", imapserver.Fault{On: "UID FETCH", Item: func(it *imapserver.Item) { it.CutAfter = 2 }}, opens + fetches, "BODY[] {3}\r\non", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := imapserver.Start(t, imapserver.Options{Faults: []imapserver.Fault{tc.fault}})
			s.Put("anna", []mailtest.Mail{
				{Folder: []string{"INBOX"}, Bytes: []byte("one")}, {Folder: []string{"INBOX"}, Bytes: []byte("two")},
			})
			if got := talk(t, s, tc.say); !strings.HasSuffix(got, tc.want) {
				t.Errorf("%q: got %q, want it to end in %q", tc.say, got, tc.want)
			}
			if n := s.Snapshot("anna").Messages(); n != tc.kept {
				t.Errorf("%q: got %d messages, want %d", tc.say, n, tc.kept)
			}
		})
	}
}

func TestMultiAppendIsAllOrNothing(t *testing.T) {
	s := imapserver.Start(t, imapserver.Options{})
	got := talk(t, s, "b APPEND INBOX {1+}\r\na (\\Bad \"17-xyz\" {1+}\r\nb\r\nc APPEND INBOX () {1+}\r\na (k) \" 1-Feb-2003 04:05:06 +0700\" {1+}\r\nb\r\n")
	if want := "c OK [APPENDUID 1001 1,2] stored\r\n"; !strings.HasSuffix(got, want) || !strings.HasPrefix(got, "b BAD") {
		t.Errorf("got %q, want BAD and then %q", got, want)
	}
}

func TestLandsLate(t *testing.T) {
	landed := make(chan bool)
	s := imapserver.Start(t, imapserver.Options{Faults: []imapserver.Fault{
		{On: "NOOP", Wait: 50e6},
		{On: "APPEND", Store: func(*imapserver.Message) bool { close(landed); return true }},
	}})
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "a LOGIN anna pw\r\nb NOOP\r\n"+appends)
	conn.Close()
	<-landed
	if n := s.Snapshot("anna").Messages(); n != 1 {
		t.Errorf("got %d messages, want the one that was sent before the line was cut", n)
	}
}

func TestMessageLimit(t *testing.T) {
	s := imapserver.Start(t, imapserver.Options{MessageLimit: 1})
	s.Put("anna", []mailtest.Mail{{Folder: []string{"INBOX"}, Bytes: []byte("one")}, {Folder: []string{"INBOX"}, Bytes: []byte("two")}})
	got := talk(t, s, opens+"c UID FETCH 1:* (FLAGS)\r\n")
	if want := "open\r\n* 2 FETCH (UID 2 FLAGS ())\r\nc OK [MESSAGELIMIT 1 2] only the latest\r\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want it to end in %q", got, want)
	}
}

func TestSequenceNumbersFollow(t *testing.T) {
	s := imapserver.Start(t, imapserver.Options{})
	s.Put("anna", []mailtest.Mail{{Folder: []string{"INBOX"}, Bytes: []byte("one")}, {Folder: []string{"INBOX"}, Bytes: []byte("two")}})
	s.Break(imapserver.Fault{On: "NOOP", Do: func() { s.Expunge("anna", "INBOX", 1) }})
	got := talk(t, s, opens+"c NOOP\r\nd FETCH 1 (UID)\r\n")
	if want := "* 1 EXPUNGE\r\nc OK done\r\n* 1 FETCH (UID 2)\r\nd OK done\r\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want it to end in %q", got, want)
	}
}
