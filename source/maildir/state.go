package maildir

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const keywordsFile = "dovecot-keywords"

// stamp is when each part of a folder changed last, nanoseconds since 1970;
// 0 where there is none. Whatever adds, removes or re-flags a message renames
// files, which sets the time of their directory.
type stamp [3]int64

func takeStamp(dir string) stamp {
	var s stamp
	for i, part := range []string{"cur", "new", keywordsFile} {
		if info, err := os.Stat(filepath.Join(dir, part)); err == nil {
			s[i] = info.ModTime().UnixNano()
		}
	}
	return s
}

// settled tells whether the times are so old that a later change must differ:
// some file systems count in steps of 2 s.
func (s stamp) settled(now time.Time) bool {
	for _, t := range s {
		if t > now.Add(-2*time.Second).UnixNano() {
			return false
		}
	}
	return true
}

// state is the folder's [transfer.Folder.State]; empty while it is too fresh to tell.
func state(dir string) string {
	s := takeStamp(dir)
	if !s.settled(time.Now()) {
		return ""
	}
	return fmt.Sprintf("%d/%d/%d", s[0], s[1], s[2])
}

// count is the number of messages, without reading more than names.
func count(dir string) (int, error) {
	n := 0
	err := files(dir, func(string, bool) { n++ })
	return n, err
}
