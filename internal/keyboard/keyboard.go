// Package keyboard hands out what a person types at a terminal, to one question after
// the other, so that no key is lost between two of them:
//
//   - the terminal is ours from [Open] to [Keyboard.Close]: nothing that is typed ahead
//     is shown, or changed by the terminal;
//   - each question reads with a [Reader] of its own, one byte at a time, so that what
//     it does not need stays with the terminal, for the next one;
//   - after a key that may end the question (Enter), its reader takes nothing more until
//     the question has said that it goes on.
package keyboard

import (
	"context"
	"io"
	"os"
	"sync"
	"unicode/utf8"

	"github.com/muesli/cancelreader"
)

// Keyboard is a terminal that is ours. Its methods are called from one goroutine;
// Close may be called from any, and more than once.
type Keyboard struct {
	tty     *os.File
	restore func()
}

// Open makes the terminal ours: without echo, each key as soon as it is pressed.
// Ctrl-C stays a signal. An error is one of the terminal, or says that this system
// has no such mode.
func Open(tty *os.File) (*Keyboard, error) {
	restore, err := take(int(tty.Fd()))
	if err != nil {
		return nil, err
	}
	return &Keyboard{tty: tty, restore: sync.OnceFunc(restore)}, nil
}

// Close gives the terminal back as it was. What was typed and not read stays there.
func (k *Keyboard) Close() { k.restore() }

// Forget drops what was typed so far: for a question that nobody can have meant before
// it was shown. It is called between two questions.
func (k *Keyboard) Forget() error { return forget(int(k.tty.Fd())) }

// Reader gives one question its keys. It is closed once the question is over.
type Reader struct {
	tty  cancelreader.CancelReader
	last string // keys that may end the question
	seq  sequence

	mu    sync.Mutex // held while something is read
	waits bool       // for goesOn or over
	more  chan struct{}
	over  chan struct{}
}

// Listen begins a question, which may end with Enter ('\r') or with one of last.
func (k *Keyboard) Listen(last string) (*Reader, error) {
	tty, err := cancelreader.NewReader(k.tty)
	if err != nil {
		return nil, err
	}
	return &Reader{tty: tty, last: "\r" + last, more: make(chan struct{}, 1), over: make(chan struct{})}, nil
}

// Read gives one byte. Where the terminal has ended the error is not io.EOF, after
// which some would wait on.
func (r *Reader) Read(p []byte) (int, error) {
	b, kind, err := r.next()
	if err != nil {
		return 0, err
	}
	r.waits = kind == key && contains(r.last, b)
	p[0] = b
	return 1, nil
}

// next reads one byte, and tells what it is. Enter is '\r'.
func (r *Reader) next() (byte, kind, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waits {
		select {
		case <-r.more:
		case <-r.over:
		}
	}
	select {
	case <-r.over:
		return 0, 0, io.EOF
	default:
	}
	var p [1]byte
	n, err := r.tty.Read(p[:])
	switch {
	case n == 0 && (err == nil || err == io.EOF):
		return 0, 0, io.ErrUnexpectedEOF
	case err != nil:
		return 0, 0, err
	}
	kind := r.seq.kindOf(p[0])
	if kind == key && p[0] == '\n' {
		p[0] = '\r'
	}
	return p[0], kind, nil
}

// GoOn says that the question goes on after a key that could have been its last.
func (r *Reader) GoOn() {
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// Close ends all reading, and waits for it. Nothing is taken that was not given.
func (r *Reader) Close() error {
	close(r.over)
	r.tty.Cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tty.Close()
}

// What ends or mends a line that is typed without echo.
const (
	ctrlD     = 0x04
	backspace = 0x08
	ctrlU     = 0x15
	rubout    = 0x7f
)

// Line reads a line without echo, as passwords are. io.EOF is Ctrl-D alone.
func (k *Keyboard) Line(ctx context.Context) (string, error) {
	r, err := k.Listen("")
	if err != nil {
		return "", err
	}
	defer r.Close()
	defer context.AfterFunc(ctx, func() { r.tty.Cancel() })()
	var line []byte
	for {
		b, kind, err := r.next()
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case err != nil:
			return "", err
		case kind == noise:
		case b == '\r' || b == '\n':
			return string(line), nil
		case kind == pasted:
			line = append(line, b)
		case b == ctrlD && len(line) == 0:
			return "", io.EOF
		case b == backspace || b == rubout:
			_, size := utf8.DecodeLastRune(line)
			line = line[:len(line)-size]
		case b == ctrlU:
			line = line[:0]
		case b >= ' ':
			line = append(line, b)
		}
	}
}
