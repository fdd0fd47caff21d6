package mbox

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// disk is an open file, unzipped on the way if need be.
type disk struct {
	file *os.File
	info fs.FileInfo // when it was opened
	zip  *gzip.Reader
	at   int64 // offset in the unzipped stream
}

var gzipMagic = []byte{0x1f, 0x8b}

// openDisk opens a file and finds out by its first bytes whether it is zipped.
func openDisk(name string) (*disk, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	d := &disk{file: f}
	if err := d.begin(); err != nil {
		f.Close()
		return nil, err
	}
	return d, nil
}

func (d *disk) begin() (err error) {
	if d.info, err = d.file.Stat(); err != nil {
		return err
	}
	if !d.info.Mode().IsRegular() {
		return fmt.Errorf("%s is no plain file", d.file.Name())
	}
	start := make([]byte, len(gzipMagic))
	n, err := d.file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.Equal(start[:n], gzipMagic) {
		d.zip, err = gzip.NewReader(bufio.NewReaderSize(d.file, 64<<10))
		if err != nil {
			return fmt.Errorf("unzip %s: %w", d.file.Name(), err)
		}
	}
	return nil
}

// Read is io.Reader.
func (d *disk) Read(p []byte) (n int, err error) {
	if d.zip == nil {
		n, err = d.file.Read(p)
	} else {
		n, err = d.zip.Read(p)
	}
	d.at += int64(n)
	return n, err
}

// Close closes the file.
func (d *disk) Close() error { return d.file.Close() }

// section answers a reader that begins at an offset. What is zipped can only
// be read forward: asking in rising order is one pass.
func (d *disk) section(start, size int64) (io.Reader, error) {
	if d.zip == nil {
		return io.NewSectionReader(d.file, start, size), nil
	}
	if start < d.at {
		if _, err := d.file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		if err := d.zip.Reset(bufio.NewReaderSize(d.file, 64<<10)); err != nil {
			return nil, err
		}
		d.at = 0
	}
	if _, err := io.CopyN(io.Discard, d, start-d.at); err != nil {
		return nil, fmt.Errorf("unzip up to byte %d: %w", start, err)
	}
	return d, nil
}

// changed reports whether the open file is no longer what info tells of.
func (d *disk) changed(info fs.FileInfo) bool {
	now, err := d.file.Stat()
	return err != nil || !unchanged(now, info)
}

func unchanged(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// grain is how old a change must be before the file's time tells it apart from
// a later one.
const grain = 2 * time.Second

// fingerprint is the Folder.State of a file: "" while it is so fresh that a
// further change would not show.
func fingerprint(info fs.FileInfo, now time.Time) string {
	if now.Sub(info.ModTime()) < grain {
		return ""
	}
	return strconv.FormatInt(info.Size(), 10) + "." + strconv.FormatInt(info.ModTime().UnixNano(), 10) + "." + inode(info)
}

// sniff reports whether a file is empty, and answers a [notMbox] if it does
// not begin like an mbox file.
func sniff(name string) (void bool, err error) {
	d, err := openDisk(name)
	if err != nil {
		return false, err
	}
	defer d.Close()
	_, _, err = opening(newLineReader(d, 4*longestFrom))
	var foreign *notMbox
	if errors.As(err, &foreign) {
		foreign.name = filepath.Base(name)
	}
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	return false, err
}
