// Package manifest is the proof of a move: a file of JSON lines that tells, for
// each message that has arrived, where it came from, where it was put, and the
// digest of its bytes.
//
//	{"manifest":1,"sources":["imaps://..."],"dest":"imaps://...","chain":"1f.."}
//	{"source":"imaps://...","from":"INBOX","epoch":"7","id":"12","folder":["INBOX"],
//	 "uidvalidity":"99","uid":12,"fate":"copied","sha256":"..","ident":"..",
//	 "size":2411,"date":"2019-06-01T18:20:00+02:00","chain":"a0.."}
//	{"end":true,"messages":1,"bytes":2411,"chain":"77.."}
//
// The lines are chained: chain is the SHA-256, in hex, of the chain of the line
// before ("" before the first), a line feed, and the line itself without its
// chain, that is with `,"chain":"..."` taken out. So a line cannot be changed,
// removed, added or moved without changing the last chain, which is the digest of
// the whole: whoever has noted it can trust the file.
//
// sha256 is the digest of the canonical form ([transfer.Digest]); it is missing
// where a message was recognised at the destination without reading it. Then
// ident ([transfer.Ident]), size and date tell which it is.
//
// [Writer] writes one, and [Open] makes one a [transfer.Source], to be compared
// with the destination when the old account is gone.
package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Version is that of the format.
const Version = 1

// Head is the first line: which move it is.
type Head struct {
	Version int      `json:"manifest"`
	Sources []string `json:"sources"`
	Dest    string   `json:"dest"`
	// Undone is what was taken back from the destination before it was written: it is
	// not among the messages.
	Undone []Undone `json:"undone,omitempty"`
}

// Undone is one time that messages were taken back.
type Undone struct {
	At      time.Time `json:"at"`
	Removed int       `json:"removed"`
	Kept    int       `json:"kept"`
}

// Entry is one message.
type Entry struct {
	// Source, From, Epoch and ID are its place at the source.
	Source string `json:"source"`
	From   string `json:"from"`
	Epoch  string `json:"epoch,omitempty"`
	ID     string `json:"id"`
	// Folder is the path at the destination. Raw is the same as bytes, its
	// components joined by a NUL, where they are no UTF-8.
	Folder   []string `json:"folder"`
	Raw      []byte   `json:"folder_base64,omitempty"`
	Validity string   `json:"uidvalidity"`
	UID      uint32   `json:"uid"`
	Fate     string   `json:"fate"`
	SHA256   string   `json:"sha256,omitempty"`
	Ident    string   `json:"ident,omitempty"`
	Size     int64    `json:"size"`
	Date     string   `json:"date,omitempty"`
}

// end is the last line.
type end struct {
	End      bool  `json:"end"`
	Messages int   `json:"messages"`
	Bytes    int64 `json:"bytes"`
}

// NewEntry is a record's. from names its source folder for people, epoch is that
// folder's.
func NewEntry(source, from, epoch string, r transfer.Record) Entry {
	e := Entry{
		Source: source, From: from, Epoch: epoch, ID: r.ID, Folder: pathOf(r.To), Validity: r.Epoch, UID: r.UID,
		Fate: string(r.Fate), Size: r.Size,
	}
	if !utf8.ValidString(r.To) {
		e.Raw = []byte(r.To)
	}
	if r.Digest != (transfer.Digest{}) {
		e.SHA256 = hex.EncodeToString(r.Digest[:])
	}
	if r.Ident != (transfer.Ident{}) {
		e.Ident = hex.EncodeToString(r.Ident[:])
	}
	if !r.Date.IsZero() {
		e.Date = r.Date.Format(time.RFC3339)
	}
	return e
}

// key is the destination folder's [transfer.Folder.Key].
func (e Entry) key() string {
	if e.Raw != nil {
		return string(e.Raw)
	}
	return transfer.Folder{Path: e.Folder}.Key()
}

// Writer writes a manifest, one entry after the other.
type Writer struct {
	w     io.Writer
	chain string
	sum   end
	line  bytes.Buffer
}

// NewWriter begins one.
func NewWriter(w io.Writer, h Head) (*Writer, error) {
	m := &Writer{w: w}
	h.Version = Version
	return m, m.write(h)
}

// Add writes an entry. Those of one destination folder come together.
func (m *Writer) Add(e Entry) error {
	m.sum.Messages++
	m.sum.Bytes += e.Size
	return m.write(e)
}

// Close writes the last line and answers the digest of the whole.
func (m *Writer) Close() (digest string, err error) {
	m.sum.End = true
	err = m.write(m.sum)
	return m.chain, err
}

// Messages is how many were added.
func (m *Writer) Messages() int { return m.sum.Messages }

const (
	chainField = `,"chain":"`
	chainTail  = len(chainField) + 2*sha256.Size + len(`"}`)
)

func (m *Writer) write(value any) error {
	m.line.Reset()
	enc := json.NewEncoder(&m.line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	line := printable(bytes.TrimSuffix(m.line.Bytes(), []byte("\n")))
	m.chain = next(m.chain, line)
	text := append(line[:len(line)-1:len(line)-1], chainField+m.chain+"\"}\n"...)
	if _, err := m.w.Write(text); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// printable writes what does not print as JSON does escape it: such characters stand
// in strings only, and a manifest may be looked at in a terminal.
func printable(line []byte) []byte {
	if !bytes.ContainsFunc(line, unprintable) {
		return line
	}
	var out []byte
	for _, r := range string(line) {
		if !unprintable(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// next is the chain of a line without its own.
func next(chain string, line []byte) string {
	h := sha256.New()
	io.WriteString(h, chain+"\n")
	h.Write(line)
	return hex.EncodeToString(h.Sum(nil))
}

// unchain takes the chain out of a line.
func unchain(text []byte) (line []byte, chain string, ok bool) {
	cut := len(text) - chainTail
	if cut < 1 || !bytes.HasPrefix(text[cut:], []byte(chainField)) || !bytes.HasSuffix(text, []byte(`"}`)) {
		return nil, "", false
	}
	line = append(bytes.Clone(text[:cut]), '}')
	return line, string(text[cut+len(chainField) : len(text)-2]), true
}
