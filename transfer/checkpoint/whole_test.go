package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A file that ends within a page is damaged, unless what lies beside it tells
// SQLite how to mend it: power may be lost within the first commit.
func TestWholePages(t *testing.T) {
	for _, tc := range []struct {
		size   int64
		beside string
		whole  bool
	}{
		{0, "", true},
		{1, "", true},
		{2 * pageSize, "", true},
		{pageSize - 512, "", false},
		{pageSize - 512, "-wal", true},
		{pageSize - 512, "-journal", true},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		if tc.beside != "" {
			if err := os.WriteFile(path+tc.beside, make([]byte, 512), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := wholePages(path, tc.size); (err == nil) != tc.whole || err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes beside %q: got %v, want whole: %v", tc.size, tc.beside, err, tc.whole)
		}
	}
}
