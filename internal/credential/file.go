package credential

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// fromFile answers the file's first line. On Unix a file that its group or
// others may read, write or run is refused.
func fromFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("opening the password file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("looking at the password file: %w", err)
	}
	if info.IsDir() {
		return "", fmt.Errorf("the password file %s is a folder", path)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return "", &Error{
			Err:    fmt.Errorf("others may read %s (mode %04o)", path, mode),
			Advice: "chmod 600 " + path + " (and change the password if others use this machine)",
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return "", fmt.Errorf("reading the password file: %w", err)
	}
	line := firstLine(text)
	if line == "" {
		return "", errors.New("the first line of the password file is empty")
	}
	return line, nil
}
