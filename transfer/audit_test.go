package transfer_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// bookJournal is a [transfer.Journal] over the checkpoint of a test.
type bookJournal struct{ *transfertest.MemCheckpoint }

func (j bookJournal) Linked(ctx context.Context, to transfer.Folder, epoch string) ([]uint32, error) {
	all := []transfer.Span{{Low: 1, High: math.MaxUint32}}
	foreign, err := j.Foreign(ctx, to, epoch, all)
	if err != nil {
		return nil, err
	}
	return slices.Collect(transfer.Numbers(transfer.Less(all, foreign))), nil
}

func (j bookJournal) Carried(ctx context.Context, source string, from transfer.Folder, ids []string) (map[string]transfer.Record, error) {
	book, err := j.Enter(ctx, source, from, transfer.Folder{Path: from.Path})
	if err != nil {
		return nil, err
	}
	return j.Known(ctx, book.ID, ids)
}

// there is what stands at the destination now, to be read.
func (f *flow) there() *transfertest.Mail {
	f.t.Helper()
	dest, err := f.server.Open(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	defer dest.Close()
	site, err := dest.Site(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	var folders []transfertest.MailFolder
	for _, s := range site.Folders {
		folder := transfertest.MailFolder{Path: s.Path, Role: s.Role, Epoch: s.Epoch}
		for _, m := range f.server.Messages(s.Path...) {
			folder.Messages = append(folder.Messages, transfertest.MailMessage{ID: fmt.Sprint(m.UID), Body: m.Body, Flags: m.Flags, Date: m.Date})
		}
		folders = append(folders, folder)
	}
	return transfertest.NewMail(folders...)
}

// verified is what an audit told, a line for each difference, sorted.
func (f *flow) verified(change func(*transfer.Audit)) (lines []string, sum transfer.Differences) {
	f.t.Helper()
	a := transfer.Audit{Job: f.job, Journal: bookJournal{f.cp}}
	a.There = transfer.From{Name: "mem://dest", Open: f.there().Open}
	a.TempDir = f.t.TempDir()
	a.Found = func(d transfer.Difference) error {
		lines = append(lines, told(d))
		return nil
	}
	if change != nil {
		change(&a)
	}
	sum, err := transfer.Verify(f.t.Context(), a)
	if err != nil {
		f.t.Fatalf("got error %v, want none", err)
	}
	if n := sum.Equal + sum.Missing + sum.Altered + sum.Misplaced + sum.Unread + sum.Merged; n != sum.Messages {
		f.t.Errorf("the numbers do not add up: %+v", sum)
	}
	if left, err := os.ReadDir(a.TempDir); err != nil || len(left) > 0 {
		f.t.Errorf("got %v, %v left in the folder for temporary files, want nothing", left, err)
	}
	slices.Sort(lines)
	return lines, sum
}

func told(d transfer.Difference) string {
	line := fmt.Sprintf("%s %s", d.Kind, d.To)
	if d.ID != "" {
		line += " " + d.ID
	}
	if d.Kind == transfer.Misplaced {
		line += " in " + d.There
	}
	if d.Bytes {
		line += " bytes"
	}
	if !d.DateThere.IsZero() {
		line += " date"
	}
	if len(d.Lacks)+len(d.Extra) > 0 {
		line += fmt.Sprintf(" flags -%v +%v", d.Lacks, d.Extra)
	}
	for _, more := range []string{string(d.Cause), d.Words} {
		if more != "" {
			line += " (" + more + ")"
		}
	}
	return line
}

func (f *flow) wantVerified(change func(*transfer.Audit), want ...string) {
	f.t.Helper()
	slices.Sort(want)
	if got, _ := f.verified(change); !slices.Equal(got, want) {
		f.t.Errorf("got:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func deep(a *transfer.Audit) { a.Bytes = true }

// change replaces one message at the destination, under its UID.
func (f *flow) change(path []string, uid uint32, do func(*transfertest.Stored)) {
	f.t.Helper()
	if !f.server.Change(path, uid, do) {
		f.t.Fatalf("there is no message %d in %v", uid, path)
	}
}

// letters makes n messages with all the headers that mail has.
func letters(prefix string, n int) []transfertest.MailMessage {
	ms := messages(n)
	for i := range ms {
		ms[i].Body = []byte(fmt.Sprintf("Message-ID: <%s%d@example.org>\r\nDate: Sat, 01 Jan 2005 00:00:00 +0000\r\nFrom: a@b\r\nSubject: %s %[2]d\r\n\r\nbody %[2]d of %[1]s\r\n", prefix, i, prefix))
	}
	return ms
}
