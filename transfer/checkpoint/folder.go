package checkpoint

import (
	"os"
	"path/filepath"
)

// keepFolders makes the names of the folders that lead to path durable. Without
// it a loss of power could take a new state folder away with all that is in it:
// SQLite does this for the files in the last folder only. A system or file
// system that cannot do it (Windows) says so, and there is nothing more to do.
func keepFolders(path string) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return
	}
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		if f, err := os.Open(dir); err == nil {
			_ = f.Sync()
			_ = f.Close()
		}
		if dir == filepath.Dir(dir) {
			return
		}
	}
}
