package credential

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// fromFile answers the file's first line.
func fromFile(path string) (string, error) {
	text, err := ReadPrivate(path)
	var refused *Error
	switch {
	case errors.As(err, &refused):
		return "", err
	case err != nil:
		return "", fmt.Errorf("reading the password file: %w", err)
	}
	line := firstLine(text)
	if line == "" {
		return "", errors.New("the first line of the password file is empty")
	}
	return line, nil
}

// ReadPrivate reads a file that holds a secret, at most 64 KB of it. On Unix a
// file that its group or others may read, write or run is refused.
func ReadPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", path)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, &Error{
			Err:    fmt.Errorf("others may read %s (mode %04o)", path, mode),
			Advice: "chmod 600 " + path + " (and change the secret in it if others use this machine)",
		}
	}
	return io.ReadAll(io.LimitReader(f, limit))
}
