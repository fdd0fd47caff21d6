package mailtest

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestCorpusIsTheSameForTheSameSeed(t *testing.T) {
	o := CorpusOptions{Small: true, Delimiter: ".", NUL: true}
	if a, b := Corpus(7, 200, o), Corpus(7, 200, o); !reflect.DeepEqual(a, b) {
		t.Error("got two different corpora for one seed")
	}
	if a, b := FromMails(Corpus(7, 200, o)), FromMails(Corpus(8, 200, o)); len(Compare(a, b, CompareOptions{})) == 0 {
		t.Error("got equal corpora for two seeds")
	}
}

func TestCorpusHoldsEveryOddity(t *testing.T) {
	mails := Corpus(1, 60, CorpusOptions{Small: true, Delimiter: ".", NUL: true})
	has := func(what string, found func(Mail) bool) {
		if !slices.ContainsFunc(mails, found) {
			t.Errorf("got no message with %s", what)
		}
	}
	text := func(part string) func(Mail) bool {
		return func(m Mail) bool { return bytes.Contains(m.Bytes, []byte(part)) }
	}
	has("a lone dot", text("\r\n.\r\n"))
	has("a From line", text("\r\nFrom now on"))
	has("a line of 70 KB", text(strings.Repeat("0123456789", 7000)))
	has("a bare LF", func(m Mail) bool {
		return bytes.Count(m.Bytes, []byte("\n")) > bytes.Count(m.Bytes, []byte("\r\n"))
	})
	has("NUL", text("\x00"))
	has("8-bit headers", text("From: Jürgen"))
	has("a leading blank line", func(m Mail) bool { return bytes.HasPrefix(m.Bytes, []byte("\r\n")) })
	has("no final line end", func(m Mail) bool { return !bytes.HasSuffix(m.Bytes, []byte("\n")) })
	has("no blank line", func(m Mail) bool { return !bytes.Contains(canonical(m.Bytes), []byte("\r\n\r\n")) })
	has("no Message-ID", func(m Mail) bool { return !bytes.Contains(bytes.ToLower(m.Bytes), []byte("message-id:")) })
	has("the delimiter in its folder", func(m Mail) bool { return strings.Contains(Key(m.Folder...), ".") })
	most := 0
	for _, entries := range (CompareOptions{}).group(merge(FromMails(mails))["all folders"]) {
		most = max(most, len(entries))
	}
	if most < 2 {
		t.Error("got no exact duplicates")
	}
}

func TestCorpusKeepsItsBounds(t *testing.T) {
	for _, m := range Corpus(3, 1000, CorpusOptions{Small: true, CRLF: true, Plain: true}) {
		if len(m.Bytes) > small {
			t.Errorf("got %d bytes, want at most %d", len(m.Bytes), small)
		}
		if n := bytes.Count(m.Bytes, []byte("\n")); n != bytes.Count(m.Bytes, []byte("\r\n")) {
			t.Errorf("got a bare LF in %.80q, want none", m.Bytes)
		}
		if bytes.IndexByte(m.Bytes, 0) >= 0 {
			t.Errorf("got a NUL in %.80q, want none", m.Bytes)
		}
		if strings.ContainsAny(Key(m.Folder...), `.%*"\`) {
			t.Errorf("got folder %q, want a plain name", m.Folder)
		}
	}
}

func TestCorpusHasBigMessages(t *testing.T) {
	biggest := 0
	for _, m := range Corpus(1, 1000, CorpusOptions{}) {
		biggest = max(biggest, len(m.Bytes))
	}
	if biggest < 1<<20 || biggest > largest+largest/10 {
		t.Errorf("got a biggest message of %d bytes, want 1 to 20 MB", biggest)
	}
}
