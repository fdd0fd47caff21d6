package mailtest

import (
	"math"
	"math/rand"
	"strings"
	"time"
)

// Mail is one message of a corpus, and where it belongs.
type Mail struct {
	Folder []string // decoded name, one component a level
	Flags  []string // system flags and keywords
	Date   time.Time
	Bytes  []byte
}

// CorpusOptions say what a corpus must not hold, or holds besides.
type CorpusOptions struct {
	Small bool // no message over 200 KB
	// Plain leaves out folder names with %, *, quotes, backslashes and dots,
	// for storage that refuses them.
	Plain bool
	// Delimiter is the other side's: one folder has it in its name.
	Delimiter string
	NUL       bool // some messages hold NUL bytes
	CRLF      bool // every line ends in CRLF, none in a bare LF
}

// limits of a message's size in bytes.
const (
	smallest = 300
	small    = 200 << 10
	largest  = 20 << 20
)

// Corpus makes n messages, always the same for the same arguments. The first
// ones fill each folder and are each odd in one way; 60 have all of that.
func Corpus(seed int64, n int, o CorpusOptions) []Mail {
	folders, odd := folders(o), oddities(o)
	mails := make([]Mail, 0, n)
	for i := range n {
		w := &writer{rand: rand.New(rand.NewSource(seed<<20 + int64(i))), seed: seed, number: i, options: o}
		m := Mail{Folder: folders[w.rand.Intn(len(folders))], Date: w.date()}
		if i < len(folders) {
			m.Folder = folders[i]
		}
		m.Flags = w.flags(m.Folder)
		oddity := i - len(folders)
		switch {
		case i < len(folders) || oddity >= len(odd) && w.rand.Intn(12) > 0:
			m.Bytes = w.message(w.size())
		case oddity < len(odd):
			odd[oddity](w, &m, mails)
		default:
			odd[w.rand.Intn(len(odd))](w, &m, mails)
		}
		mails = append(mails, m)
	}
	return mails
}

func folders(o CorpusOptions) [][]string {
	list := [][]string{
		{"INBOX"}, {"Sent"}, {"Drafts"}, {"Trash"},
		{"Archive", "2019"}, {"Archive", "2020 Q1"},
		{"Projects", "Alpha & Beta", "Sub folder"}, {"R&D"},
		{"Entwürfe für Søren"}, {"日本語", "受信トレイ"}, {"emoji 😀"},
		{"Lists", "golang-nuts"}, {"INBOX", "within"}, {"a", "b", "c", "d", "e", "f"},
	}
	if !o.Plain {
		list = append(list, []string{`say "cheese"`}, []string{"100% sure"}, []string{"st*r"},
			[]string{`back\slash`}, []string{"(round) [square] {curly}"}, []string{"NIL"})
	}
	if o.Delimiter != "" {
		list = append(list, []string{"v1" + o.Delimiter + "2 release"})
	}
	return list
}

// writer makes one message from its own random numbers.
type writer struct {
	rand    *rand.Rand
	seed    int64
	number  int
	options CorpusOptions
}

// size is log-normal around 8 KB; one message in 500 is of megabytes.
func (w *writer) size() int {
	limit := largest
	if w.options.Small {
		limit = small - 1000 // room for what a message has around its text
	}
	size := math.Exp(math.Log(8192) + 1.2*w.rand.NormFloat64())
	if w.rand.Intn(500) == 0 {
		size = (1 << 20) * math.Exp(w.rand.Float64()*math.Log(20))
	}
	return min(max(int(size), smallest), limit)
}

// date lies in the twenty years from 2005 on, in one of many zones, to the
// second.
func (w *writer) date() time.Time {
	minutes := []int{0, 60, 120, -480, 330, -210, 765, -720}
	zone := time.FixedZone("", 60*minutes[w.rand.Intn(len(minutes))])
	start := time.Date(2005, 1, 1, 0, 0, 0, 0, time.UTC)
	return start.Add(time.Duration(w.rand.Int63n(20*365*86400)) * time.Second).In(zone)
}

func (w *writer) flags(folder []string) []string {
	var flags []string
	add := func(percent int, flag string) {
		if w.rand.Intn(100) < percent {
			flags = append(flags, flag)
		}
	}
	add(75, `\Seen`)
	add(15, `\Answered`)
	add(6, `\Flagged`)
	add(1, `\Deleted`)
	if strings.Join(folder, "") == "Drafts" {
		add(90, `\Draft`)
	}
	add(5, "$Forwarded")
	add(5, "$Label1")
	add(3, "NonJunk")
	add(2, "work/urgent")
	return flags
}
