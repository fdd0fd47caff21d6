package checkpoint

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

var (
	inbox   = transfer.Folder{Path: []string{"INBOX"}, Epoch: "1"}
	archive = transfer.Folder{Path: []string{"Archive", "2019"}, Epoch: "7"}
)

// letter is a record as the flow makes it before its bytes leave.
func letter(book int64, id string) transfer.Record {
	c := transfer.NewCanonical()
	fmt.Fprintf(c, "Subject: %s\r\n\r\nbody\r\n", id)
	d, n := c.Sum()
	return transfer.Record{
		Book: book, ID: id, Fate: transfer.Open, Size: n, Digest: d,
		Ident: transfer.Identify([]byte("Subject: " + id + "\r\n")),
		Flags: `$Forwarded \Seen`, Date: time.Date(2019, 3, 4, 5, 6, 7, 0, time.FixedZone("", 3600)),
	}
}

// landed is what becomes of r when the destination confirms it.
func landed(r transfer.Record, to transfer.Folder, uid uint32) transfer.Record {
	r.Fate, r.To, r.Epoch, r.UID = transfer.Copied, to.Key(), to.Epoch, uid
	return r
}

func windowOf(to transfer.Folder, base uint32, rs ...transfer.Record) transfer.Window {
	return transfer.Window{To: to, Epoch: to.Epoch, Base: base, Records: rs}
}

func letters(book int64, from, to int) []transfer.Record {
	var rs []transfer.Record
	for i := from; i < to; i++ {
		rs = append(rs, letter(book, strconv.Itoa(i)))
	}
	return rs
}

// BenchmarkBegin is the write-ahead of 4,096 messages in windows of 64, each
// settled one by one before the next window but one.
func BenchmarkBegin(b *testing.B) {
	l := mustOpen(b, options(b))
	for n := range b.N {
		b.StopTimer()
		from := inbox
		from.Epoch = strconv.Itoa(n)
		book, err := l.Enter(b.Context(), "s", from, archive)
		if err != nil {
			b.Fatal(err)
		}
		rs := letters(book.ID, 0, 4096)
		b.StartTimer()
		for i := 0; i < len(rs); i += 64 {
			window := rs[i : i+64]
			if err := l.Begin(b.Context(), windowOf(archive, uint32(i+1), window...)); err != nil {
				b.Fatal(err)
			}
			for k, r := range window {
				if err := l.Settle(b.Context(), []transfer.Record{landed(r, archive, uint32(n*4096+i+k+1))}); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := l.Sync(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkKnown looks 4,096 IDs up in a book of 50,000, in one without them,
// and in an empty one.
func BenchmarkKnown(b *testing.B) {
	l := mustOpen(b, options(b))
	full, err := l.Enter(b.Context(), "s", inbox, archive)
	if err != nil {
		b.Fatal(err)
	}
	rs := letters(full.ID, 0, 50_000)
	for i := range rs {
		rs[i] = landed(rs[i], archive, uint32(i+1))
	}
	if err := l.Settle(b.Context(), rs); err != nil {
		b.Fatal(err)
	}
	empty, err := l.Enter(b.Context(), "t", inbox, archive)
	if err != nil {
		b.Fatal(err)
	}
	for _, tc := range []struct {
		name        string
		book        int64
		first, want int
	}{
		{"there", full.ID, 20_000, 4096},
		{"missing", full.ID, 70_000, 0},
		{"empty", empty.ID, 20_000, 0},
	} {
		b.Run(tc.name, func(b *testing.B) {
			var ids []string
			for i := range 4096 {
				ids = append(ids, strconv.Itoa(tc.first+i))
			}
			for b.Loop() {
				got, err := l.Known(b.Context(), tc.book, ids)
				if err != nil || len(got) != tc.want {
					b.Fatalf("got %d, %v, want %d", len(got), err, tc.want)
				}
			}
		})
	}
}
