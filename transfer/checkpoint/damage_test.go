package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// answers is all that a Log tells the flow.
type answers struct {
	Book                                 transfer.Book
	Went                                 map[string]string
	Known                                map[string]transfer.Record
	Pending, Unlinked, Doubtful, Formers []transfer.Record
	Linked                               []uint32
}

// ask asks everything, as a run would.
func ask(t *testing.T, o Options) (a answers, err error) {
	l, err := Open(t.Context(), o)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	const source = "imaps://anna@old.example"
	var ids []string
	for i := range 400 {
		ids = append(ids, strconv.Itoa(i))
	}
	for _, step := range []func() error{
		func() (err error) { a.Went, err = l.Went(t.Context(), source); return err },
		func() (err error) { a.Book, err = l.Enter(t.Context(), source, inbox, archive); return err },
		func() (err error) { a.Known, err = l.Known(t.Context(), a.Book.ID, ids); return err },
		func() (err error) { a.Pending, err = l.Pending(t.Context(), archive); return err },
		func() (err error) { a.Linked, err = l.Linked(t.Context(), archive, archive.Epoch); return err },
		func() (err error) { a.Unlinked, err = l.Unlinked(t.Context(), archive, archive.Epoch); return err },
		func() (err error) { a.Doubtful, err = l.Doubtful(t.Context(), archive); return err },
		func() (err error) { a.Formers, err = l.Former(t.Context(), a.Book.ID); return err },
	} {
		if err := step(); err != nil {
			return a, err
		}
	}
	return a, nil
}

// lived is a job that has seen much: windows open and settled, refused, sent
// twice, another epoch.
func lived(t *testing.T) Options {
	t.Helper()
	o := options(t)
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	old := inbox
	old.Epoch = "0"
	former := enter(t, l, old, archive)
	settle(t, l, landed(letter(former.ID, "900"), archive, 900))
	b := enter(t, l, inbox, archive)
	for i := 0; i < 300; i += 20 {
		rs := letters(b.ID, i, i+20)
		begin(t, l, archive, uint32(i+1), rs...)
		for k, r := range rs[:18] {
			settle(t, l, landed(r, archive, uint32(i+k+1)))
		}
		refused := rs[18]
		refused.Fate, refused.Words = transfer.Refused, "NO [TOOBIG] it is too big"
		settle(t, l, refused)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestCutOff cuts the file off at any length. What is left answers as if
// nothing had happened, or tells what is wrong. Nothing at all is a new file.
func TestCutOff(t *testing.T) {
	o, truth, whole := damaged(t)
	random := rand.New(rand.NewPCG(1, 2))
	lengths := []int{15, 16, 99, 100, 101, 511, 512, 4095, 4096, 4097, len(whole) - 4096, len(whole) - 1}
	for range 40 {
		lengths = append(lengths, random.IntN(len(whole)/4096)*4096, 1+random.IntN(len(whole)-1))
	}
	for _, n := range lengths {
		if n == 0 {
			continue
		}
		got, err := ask(t, with(t, o, whole[:n]))
		if err != nil {
			wantDamage(t, fmt.Sprintf("%d of %d bytes", n, len(whole)), err)
		} else if !reflect.DeepEqual(got, truth) {
			t.Errorf("%d of %d bytes: got wrong answers and no error", n, len(whole))
		}
	}
}

// TestRot turns single bits over and fills blocks with garbage. What breaks the
// file's structure is told; a bit within a record is not seen, because the file
// holds no checksum of it, but nothing panics or hangs, and no error is without a
// way out.
func TestRot(t *testing.T) {
	o, truth, whole := damaged(t)
	random := rand.New(rand.NewPCG(1, 3))
	right, told := 0, 0
	for i := range 120 {
		bad := slices.Clone(whole)
		at := random.IntN(len(bad))
		if i%2 == 0 {
			bad[at] ^= 1 << random.IntN(8)
		} else {
			at &^= 511
			for k := range 512 {
				bad[at+k] = byte(random.Uint32())
			}
		}
		got, err := ask(t, with(t, o, bad))
		switch {
		case err != nil:
			told++
			wantDamage(t, fmt.Sprintf("damage at %d", at), err)
		case reflect.DeepEqual(got, truth):
			right++
		}
	}
	t.Logf("of 120: %d told, %d without effect, the rest not seen", told, right)
	if told == 0 {
		t.Error("no damage was told")
	}
}

// Where the file's own table of contents has lost a column, our words for SQLite
// are wrong and the file is to blame.
func TestLostColumn(t *testing.T) {
	o, _, whole := damaged(t)
	bad := bytes.ReplaceAll(whole, []byte("\tsize   INTEGER,\n\tdigest BLOB,\n\tident"), []byte("\tsixe   INTEGER,\n\tdigest BLOB,\n\tident"))
	if bytes.Equal(bad, whole) {
		t.Fatal("the column is not where this test looks for it")
	}
	_, err := ask(t, with(t, o, bad))
	if err == nil {
		t.Fatal("got no error")
	}
	wantDamage(t, "a lost column", err)
}

// damaged gives a job, what it answers, and its file.
func damaged(t *testing.T) (o Options, truth answers, whole []byte) {
	t.Helper()
	o = lived(t)
	truth, err := ask(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if whole, err = os.ReadFile(o.Path()); err != nil {
		t.Fatal(err)
	}
	return o, truth, whole
}

// with is the same job with another file, in the folder of those before it.
func with(t *testing.T, o Options, file []byte) Options {
	t.Helper()
	for _, ext := range []string{"-wal", "-shm"} {
		if err := os.Remove(o.Path() + ext); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(o.Path(), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

// wantDamage wants an error that names the file and what to do.
func wantDamage(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) || transfer.Hint(err) == "" {
		t.Errorf("%s: got %v, hint %q, want that the file is damaged and what to do", what, err, transfer.Hint(err))
	}
}
