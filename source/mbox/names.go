package mbox

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// placed is the path of what is called name: INBOX at the top is known in any case.
func placed(parent []string, name string) []string {
	if len(parent) == 0 && strings.EqualFold(name, "inbox") {
		name = "INBOX"
	}
	return join(parent, name)
}

// join makes a path of its own.
func join(path []string, name string) []string {
	return append(append(make([]string, 0, len(path)+1), path...), clean(name))
}

// clean makes a file name one that can be a folder's.
func clean(name string) string { return strings.ToValidUTF8(name, "\uFFFD") }

// stem is a file's name without the endings that mbox files have.
func stem(name string) string {
	s := name
	for _, ending := range []string{".gz", ".mbox", ".mbx"} {
		if cut, ok := cutSuffixFold(s, ending); ok {
			s = cut
		}
	}
	return s
}

// cutSuffixFold cuts an ending in any case, if something is left.
func cutSuffixFold(s, ending string) (string, bool) {
	if n := len(s) - len(ending); n > 0 && strings.EqualFold(s[n:], ending) {
		return s[:n], true
	}
	return s, false
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// isMozilla reports whether Thunderbird keeps its files here: there an empty
// file is an empty folder.
func isMozilla(dir string, entries []fs.DirEntry) bool {
	if _, ok := cutSuffixFold(filepath.Base(dir), ".sbd"); ok {
		return true
	}
	for _, e := range entries {
		for _, ending := range []string{".msf", ".sbd"} {
			if _, ok := cutSuffixFold(e.Name(), ending); ok {
				return true
			}
		}
	}
	return false
}

// isCompanion tells the files that mail programs keep beside their mbox files:
// nobody needs to hear that they were left out.
func isCompanion(name string) bool {
	for _, ending := range []string{".msf", ".dat", ".html", ".json", ".sqlite", ".lock", ".plist"} {
		if _, ok := cutSuffixFold(name, ending); ok {
			return true
		}
	}
	return name == "table_of_contents" || name == ".DS_Store"
}
