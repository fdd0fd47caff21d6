package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

var planMails = flag.Int("planned", 360, "how many messages TestPlanIsWhatCopyDoes moves")

// fateCounts is how many messages of a source folder end in each fate.
type fateCounts struct{ Copied, Present, Adopted, Skipped, Refused int }

// line is any line of --json.
type line struct {
	Event, From, Fate, Kind, Text            string
	Count, New, Present, Adopted, Skipped    int
	Refused, Messages, Planned, Copied, Exit int
	Bytes                                    int64
	NewBytes, PlannedBytes                   int64
	Sampled, Counted                         bool
}

// UnmarshalJSON reads names with underscores, too.
func (l *line) UnmarshalJSON(data []byte) error {
	type plain line
	var more struct {
		NewBytes     int64 `json:"new_bytes"`
		PlannedBytes int64 `json:"planned_bytes"`
	}
	if err := errors.Join(json.Unmarshal(data, (*plain)(l)), json.Unmarshal(data, &more)); err != nil {
		return err
	}
	l.NewBytes, l.PlannedBytes = more.NewBytes, more.PlannedBytes
	return nil
}

// tell runs a command of the program with --json and answers its lines.
func (m *move) tell(want int, verb string, flags ...string) (lines []line) {
	m.t.Helper()
	args := append([]string{verb, "--json", "--no-input", "--state-dir", m.state}, append(flags, m.args...)...)
	cmd := exec.Command("mailhaul", args...)
	cmd.Env = append(os.Environ(), "MAILHAUL_SOURCE_PASSWORD="+mailtest.Password, "MAILHAUL_DEST_PASSWORD="+mailtest.Password)
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	for text := range bytes.Lines(out) {
		var one line
		if err := json.Unmarshal(text, &one); err != nil {
			m.t.Fatalf("%s: %v", text, err)
		}
		lines = append(lines, one)
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		m.t.Fatalf("%s: got exit %d, want %d: %s\n%s", verb, code, want, &talk, out[max(0, len(out)-2000):])
	}
	return lines
}

// foretold are the counts of a plan, and what it says stands in the way.
func foretold(lines []line) (counts map[string]fateCounts, hurdles []string, sum line) {
	counts = map[string]fateCounts{}
	for _, l := range lines {
		switch l.Event {
		case "plan-folder":
			counts[l.From] = fateCounts{l.New, l.Present, l.Adopted, l.Skipped, l.Refused}
		case "plan-hurdle":
			hurdles = append(hurdles, l.Kind)
		case "summary":
			sum = l
		}
	}
	return counts, hurdles, sum
}

// done are the counts of a copy.
func done(lines []line) map[string]fateCounts {
	counts := map[string]fateCounts{}
	for _, l := range lines {
		if l.Event == "messages" {
			c := counts[l.From]
			switch l.Fate {
			case "copied":
				c.Copied += l.Count
			case "present":
				c.Present += l.Count
			case "adopted":
				c.Adopted += l.Count
			case "skipped":
				c.Skipped += l.Count
			case "refused":
				c.Refused += l.Count
			}
			counts[l.From] = c
		}
	}
	return counts
}

// TestPlanIsWhatCopyDoes: at each stage of a move the plan's counts are those of
// the copy that follows, in each folder, and no session of a plan has sent a command
// that changes anything.
func TestPlanIsWhatCopyDoes(t *testing.T) {
	from, a, heardFrom := listening(t)
	to, b, heardTo := listening(t)
	mails := mailtest.Corpus(7, *planMails, mailtest.CorpusOptions{Small: true, Delimiter: "."})
	mailtest.Load(t, from.IMAP, a, mails[:*planMails*2/3])
	m := &stage{newMove(t, clear("imap", a, from.IMAP), clear("imap", b, to.IMAP)), [2]string{heardFrom, heardTo}, [2]func() mailtest.Snapshot{
		func() mailtest.Snapshot { return mailtest.Take(t, from.IMAP, a) },
		func() mailtest.Snapshot { return mailtest.Take(t, to.IMAP, b) },
	}}

	m.tell(0, "plan")
	mailtest.Load(t, to.IMAP, b, mails[*planMails/2:*planMails*2/3+20]) // by another program
	m.foresees("found there")
	m.foresees("nothing new")
	mailtest.Load(t, from.IMAP, a, mails[*planMails*2/3:*planMails*5/6])
	rearrange(t, to.IMAP, b)
	m.foresees("more, filtered", "--max-size", "8K", "--exclude", "Trash")
	m.foresees("without the filter")

	mailtest.Load(t, from.IMAP, a, mails[*planMails*5/6:])
	m.killedInTheMiddle()
	m.foresees("after a kill")
}

// killedInTheMiddle starts a copy and kills it when the first messages are there.
func (m *move) killedInTheMiddle() {
	m.t.Helper()
	_, err := m.cutShort(os.Kill, 1, `"fate":"copied"`)
	m.t.Logf("killed: %v", err)
}

// cutShort runs it, sends it a signal when so many of its lines have held that text,
// and waits for its end. talk is what it said to people.
func (m *move) cutShort(by os.Signal, after int, text string) (talk string, err error) {
	m.t.Helper()
	cmd := m.command()
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		m.t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if !strings.Contains(lines.Text(), text) {
			continue
		}
		if after--; after == 0 {
			_ = cmd.Process.Signal(by) // how it ends tells
			break
		}
	}
	_, _ = io.Copy(io.Discard, out)
	err = cmd.Wait()
	return said.String(), err
}

// TestPlanTellsWhatIsInTheWay: one account in which all is wrong.
func TestPlanTellsWhatIsInTheWay(t *testing.T) {
	from := mailtest.Shared(t, mailtest.DovecotOptions{})
	to := mailtest.Shared(t, mailtest.DovecotOptions{
		Capability: "IMAP4rev1 SASL-IR UIDPLUS LITERAL+ NAMESPACE LIST-EXTENDED LIST-STATUS STATUS=SIZE QUOTA APPENDLIMIT=50000",
		QuotaBytes: 300 << 10, Separator: ".",
	})
	a, b := from.NewUser(), to.NewUser()
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	mail := func(date time.Time, size int, folder ...string) mailtest.Mail {
		text := fmt.Sprintf("Subject: %d bytes\r\nMessage-ID: <%d.%d@example.org>\r\n\r\n", size, date.Unix(), size)
		return mailtest.Mail{Folder: folder, Date: date, Bytes: []byte(text + strings.Repeat("0123456789abcd\r\n", size/16))}
	}
	mailtest.Load(t, from.IMAP, a, []mailtest.Mail{
		mail(at, 60000, "INBOX"), mail(at, 40000, "INBOX"), mail(at, 40001, "v1.2"),
		mail(at, 70000, "v1.2"), mail(at, 49000, "Big"), mail(at, 48000, "Big"), mail(at, 47000, "Big"), mail(at, 46000, "Big"), mail(at, 45000, "Big"),
		mail(time.Date(2039, 5, 6, 7, 8, 9, 0, time.UTC), 1000, "Future"),
	})
	m := newMove(t, clear("imap", a, from.IMAP), clear("imap", b, to.IMAP))
	lines := m.tell(exitRefused, "plan")
	counts, hurdles, sum := foretold(lines)
	slices.Sort(hurdles)
	if want := []string{"name", "quota", "too-large", "too-large"}; !slices.Equal(hurdles, want) && !slices.Equal(hurdles, append([]string{"date"}, want...)) {
		t.Errorf("got %q in the way, want %q", hurdles, want)
	}
	if want := (fateCounts{Copied: 1, Refused: 1}); counts["INBOX"] != want || counts["v1.2"] != want {
		t.Errorf("got %+v and %+v, want %+v of each", counts["INBOX"], counts["v1.2"], want)
	}
	if sum.Messages != 10 || sum.Planned != 8 || sum.Refused != 2 || sum.Exit != exitRefused {
		t.Errorf("got the summary %+v, want 10 messages, 8 planned, 2 refused", sum)
	}
}
