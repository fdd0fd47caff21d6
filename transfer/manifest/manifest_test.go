package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// write makes a manifest of n messages in two folders.
func write(t *testing.T, n int) (path, digest string) {
	t.Helper()
	var text bytes.Buffer
	w, err := NewWriter(&text, Head{Sources: []string{"a"}, Dest: "b"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		r := transfer.Record{
			ID: fmt.Sprint(i), Fate: transfer.Copied, To: "INBOX", Epoch: "9", UID: uint32(i + 1), Size: 10,
			Digest: transfer.Digest{byte(i), 1}, Ident: transfer.Ident{byte(i), 2}, Date: time.Unix(1e9+int64(i), 0).In(time.FixedZone("", 7200)),
		}
		if i >= n/2 {
			r.To = "A\x00B\xff"
		}
		if i == 1 {
			r.Digest, r.Fate = transfer.Digest{}, transfer.Adopted
		}
		if err := w.Add(NewEntry("a", "INBOX", "7", r)); err != nil {
			t.Fatal(err)
		}
	}
	if digest, err = w.Close(); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "manifest")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, digest
}

func TestManifestIsASource(t *testing.T) {
	path, digest := write(t, 6)
	m, err := Open(path)
	if err != nil || m.Digest != digest || m.Messages != 6 || m.Bytes != 60 || m.Undigested != 1 || m.Dest != "b" {
		t.Fatalf("got %+v, %v, want 6 messages and %s", m, err, digest)
	}
	src, err := m.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	folders, err := src.Folders(t.Context())
	if err != nil || len(folders) != 2 || folders[1].Key() != "A\x00B\xff" {
		t.Fatalf("got %+v, %v", folders, err)
	}
	for _, f := range folders {
		var ms []transfer.Message
		for m, err := range src.List(t.Context(), f, "") {
			if err != nil {
				t.Fatal(err)
			}
			ms = append(ms, m)
		}
		if len(ms) != 3 {
			t.Fatalf("%q: got %d messages, want 3", f.Name(), len(ms))
		}
		n := 0
		for m, err := range src.List(t.Context(), f, ms[0].ID) {
			if n++; err != nil || m.ID != ms[n].ID {
				t.Errorf("after the first: got %+v, %v, want %+v", m, err, ms[n])
			}
		}
		if n != 2 {
			t.Errorf("got %d messages after the first, want 2", n)
		}
		n = 0
		for s, err := range src.(transfer.Digester).Digests(t.Context(), f, ms) {
			known := s.Digest != (transfer.Digest{})
			if err != nil || s.ID != ms[n].ID || s.Ident != ms[n].Ident || known == (f.Key() == "INBOX" && n == 1) {
				t.Errorf("got %+v, %v", s, err)
			}
			n++
		}
	}
}

// TestEveryChange: whatever byte is changed, whatever line is missing, doubled or
// moved, it is found.
func TestEveryChange(t *testing.T) {
	path, _ := write(t, 4)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(whole), "\n"), "\n")
	tries := map[string]string{
		"cut":      string(whole[:len(whole)/2]),
		"no end":   strings.Join(lines[:len(lines)-1], ""),
		"more":     string(whole) + lines[1],
		"swapped":  lines[0] + lines[2] + lines[1] + strings.Join(lines[3:], ""),
		"left out": lines[0] + strings.Join(lines[2:], ""),
		"doubled":  lines[0] + lines[1] + strings.Join(lines[1:], ""),
		"empty":    "",
		"long":     strings.Repeat("x", 2*maxLine),
	}
	for i, b := range whole {
		if i < len(whole)-1 { // the last line may do without its end
			changed := bytes.Clone(whole)
			changed[i] = b ^ 1
			tries[fmt.Sprint("byte ", i)] = string(changed)
		}
	}
	for name, text := range tries {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var damage *DamageError
		if _, err := Open(path); !errors.As(err, &damage) {
			t.Errorf("%s: got %v, want it found", name, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("{}"))
	f.Add([]byte(`{"manifest":1,"chain":"` + strings.Repeat("0", 64) + `"}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "m")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if m, err := Open(path); err == nil && m.Digest == "" {
			t.Error("got a manifest without a digest")
		}
	})
}

// A folder's name may hold what would move a terminal's cursor; the manifest that is
// shown there does not, and still names the folder.
func TestManifestPrints(t *testing.T) {
	const name = "a\u009b31m\u202eb\U000e0041 日本語\x7f"
	var text bytes.Buffer
	w, err := NewWriter(&text, Head{Sources: []string{name}, Dest: name})
	if err != nil {
		t.Fatal(err)
	}
	r := transfer.Record{ID: name, Fate: transfer.Copied, To: name, Epoch: "9", UID: 1, Digest: transfer.Digest{1}, Date: time.Unix(1e9, 0)}
	if err := w.Add(NewEntry(name, name, "7", r)); err != nil {
		t.Fatal(err)
	}
	digest, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if i := bytes.IndexFunc(text.Bytes(), func(r rune) bool { return r != '\n' && unprintable(r) }); i >= 0 {
		t.Errorf("got %q in the manifest", text.Bytes()[i:min(i+8, text.Len())])
	}
	path := filepath.Join(t.TempDir(), "manifest")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := Open(path); err != nil || m.Digest != digest || m.Dest != name || m.Sources[0] != name {
		t.Errorf("got %+v, %v, want the name back", m, err)
	}
}
