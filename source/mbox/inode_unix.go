//go:build unix

package mbox

import (
	"io/fs"
	"strconv"
	"syscall"
)

// inode is the file's number, "" if it has none.
func inode(info fs.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(st.Ino), 10)
	}
	return ""
}
