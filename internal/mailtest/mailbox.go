package mailtest

import (
	"fmt"
	"iter"
	"math"
	"math/rand"
)

// Sizes of a [Mailbox], in bytes.
const (
	medianSize = 4 << 10
	usualMost  = 512 << 10
	attached   = 1 << 20 // a large message has this to largest
)

// largeEvery is how many messages of a [Mailbox] there are to a large one.
const largeEvery = 250

// Mailbox makes n ordinary messages in so many folders, always the same for the
// same arguments: what there is to measure with, where [Corpus] is there to trip
// over. Half of them have less than 4 KB; one in 250 has 1 to 20 MB. INBOX is the
// largest folder, each further one is smaller; none is empty if n allows. It
// makes one at a time: a large mailbox need not be in memory.
func Mailbox(seed int64, n, folders int) iter.Seq[Mail] {
	return func(yield func(Mail) bool) {
		for i := range n {
			w := &writer{rand: rand.New(rand.NewSource(seed<<20 + int64(i))), seed: seed, number: i}
			m := Mail{Folder: mailboxFolder(w.share(folders)), Date: w.date()}
			if i < folders {
				m.Folder = mailboxFolder(i)
			}
			m.Flags = w.flags(m.Folder)
			m.Bytes = w.message(w.ordinary())
			if !yield(m) {
				return
			}
		}
	}
}

// mailboxFolder is the folder with this number.
func mailboxFolder(number int) []string {
	first := []string{"INBOX", "Sent", "Drafts", "Trash"}
	if number < len(first) {
		return first[number : number+1]
	}
	return []string{"Archive", fmt.Sprintf("Folder %03d", number)}
}

// share draws one of n folders: the second gets half of what the first gets, the
// third a third.
func (w *writer) share(n int) int {
	all := 0.0
	for k := range n {
		all += 1 / float64(k+1)
	}
	drawn := w.rand.Float64() * all
	for k := range n {
		if drawn -= 1 / float64(k+1); drawn < 0 {
			return k
		}
	}
	return 0
}

// ordinary is a size, log-normal but for the large ones.
func (w *writer) ordinary() int {
	if w.number%largeEvery == largeEvery/2 {
		return int(attached * math.Exp(w.rand.Float64()*math.Log(largest/attached)))
	}
	size := medianSize * math.Exp(1.3*w.rand.NormFloat64())
	return min(max(int(size), smallest), usualMost)
}
