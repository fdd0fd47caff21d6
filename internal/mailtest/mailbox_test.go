package mailtest

import (
	"bytes"
	"slices"
	"testing"
)

func TestMailboxIsOrdinary(t *testing.T) {
	const n, folders = 1000, 12
	mails := slices.Collect(Mailbox(1, n, folders))
	sizes, held := []int{}, map[string]int{}
	for _, m := range mails {
		sizes = append(sizes, len(m.Bytes))
		held[Key(m.Folder...)]++
	}
	slices.Sort(sizes)
	if median := sizes[n/2]; median < 3<<10 || median > 5<<10 {
		t.Errorf("got a median of %d bytes, want about 4 KB", median)
	}
	large := 0
	for _, size := range sizes {
		if size >= 1<<20 {
			large++
		}
	}
	if most := sizes[n-1]; large != n/largeEvery || most > 22<<20 {
		t.Errorf("got %d large messages of up to %d bytes, want %d of up to 20 MB", large, most, n/largeEvery)
	}
	if len(held) != folders || held["INBOX"] < held["Sent"] || held["INBOX"] == 0 {
		t.Errorf("got folders %v, want %d, INBOX the largest", held, folders)
	}
	i := 0
	for m := range Mailbox(1, 20, folders) {
		if !bytes.Equal(m.Bytes, mails[i].Bytes) {
			t.Errorf("message %d: got another text the second time", i)
		}
		i++
	}
}
