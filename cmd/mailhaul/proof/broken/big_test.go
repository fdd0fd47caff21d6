package broken_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

var big = flag.Bool("big", false, "messages of 150 MB and 1 GB")

// most is the memory that the program may take, whatever the message.
const most = 64 << 20

// TestBig: a big message arrives between two small ones, in little memory.
func TestBig(t *testing.T) {
	sizes := []int{60 << 20}
	if *big {
		sizes = []int{150 << 20, 1 << 30}
	}
	for _, size := range sizes {
		for _, s := range sources() {
			if s.name == "raw IMAP" || s.name == "raw POP3" {
				continue // Dovecot serves them
			}
			t.Run(fmt.Sprintf("%d MB, %s", size>>20, s.name), func(t *testing.T) { carryBig(t, s, size) })
		}
	}
}

func carryBig(t *testing.T, s source, size int) {
	table := &table{}
	table.put("small before", "text\r\n")
	m := table.put("big", "")
	m.raw = grow(m.raw, size)
	table.put("small after", "text\r\n")
	from, _ := s.put(t, table.rows)
	to, look := dovecot("sdbox", mailtest.DovecotOptions{}).open(t)
	home := t.TempDir()
	end := command(home, from, to).Run(t)
	o, peak := read(t, end), end.Peak
	there := look()
	if o.exit != 0 || len(there) != len(table.rows) {
		t.Fatalf("got %d messages, %v, want %d", len(there), o, len(table.rows))
	}
	want := map[[sha256.Size]byte]bool{}
	for _, m := range table.rows {
		want[sha256.Sum256(m.raw)] = true
	}
	for _, h := range there {
		if !want[h.plain] {
			t.Errorf("got a message of %d bytes that is none of those sent", h.size)
		}
	}
	checkAgain(t, o, haul(t, home, from, to), there, look())
	t.Logf("%d bytes in %d KiB of memory", size, peak>>10)
	if peak > most {
		t.Errorf("got %d MiB of memory, want up to %d", peak>>20, most>>20)
	}
}

// grow adds lines, no two alike, up to size.
func grow(head []byte, size int) []byte {
	b := bytes.NewBuffer(make([]byte, 0, size+100))
	b.Write(head)
	for b.Len() < size {
		fmt.Fprintf(b, "%018d big mail, big mail, big mail, big mail\r\n", b.Len())
	}
	return b.Bytes()
}
