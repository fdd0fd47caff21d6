//go:build !unix

package mbox

import "io/fs"

// inode is not told on this system.
func inode(fs.FileInfo) string { return "" }
