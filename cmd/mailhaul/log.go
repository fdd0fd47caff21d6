package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/mailhaul/mailhaul/transfer"
)

// logFile writes everything that happens to a file, one line each, whatever
// is shown at the terminal.
type logFile struct {
	file *os.File
	sink *sink
	log  *slog.Logger
	safe func(string) string // JSON escapes by itself, and loses nothing
}

// openLog appends to the file, as text or as JSON; only its owner may read a new
// one.
func openLog(path, format string) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, usagef("", "opening the log file: %w", err)
	}
	s := &sink{w: f, name: "the log file " + path}
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	if format == "json" {
		lines := escaper{s}
		return &logFile{f, s, slog.New(slog.NewJSONHandler(lines, options)), func(text string) string { return text }}, nil
	}
	return &logFile{f, s, slog.New(slog.NewTextHandler(s, options)), Safe}, nil
}

// escaper writes lines of JSON with a \u escape for all that does harm in a
// terminal. slog writes a line at once.
type escaper struct{ w io.Writer }

// Write passes on.
func (e escaper) Write(p []byte) (int, error) {
	if _, err := io.WriteString(e.w, escapeHarmful(string(p[:len(p)-1]))+"\n"); err != nil {
		return 0, err
	}
	return len(p), nil
}

// levelOf is how much an event matters.
func levelOf(e transfer.Event) slog.Level {
	switch kindOf(e) {
	case eventTrace:
		return slog.LevelDebug
	case transfer.EventRefused, transfer.EventRetry, eventAlert, eventFailed:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

func (v *logFile) see(e transfer.Event, _ *progress) {
	var fields []any
	add := func(name string, value any, given bool) {
		if given {
			fields = append(fields, name, value)
		}
	}
	text := func(name, value string) { add(name, v.safe(value), value != "") }
	text("source", e.Source)
	text("from", e.From)
	text("folder", e.Folder)
	text("fate", string(e.Fate))
	add("count", e.Count, e.Count != 0)
	add("bytes", e.Bytes, e.Bytes != 0)
	text("message_id", e.Message)
	text("subject", e.Subject)
	text("text", e.Text)
	if e.Err != nil {
		text("error", e.Err.Error())
	}
	add("wait", fmt.Sprint(e.Wait), e.Wait != 0)
	v.log.Log(context.Background(), levelOf(e), string(kindOf(e)), fields...)
}

func (v *logFile) tick(*progress) {}
func (v *logFile) stopping()      { v.log.Info("stopping") }

// summary is the last line of a run.
func (v *logFile) summary(t transfer.Tally, code int, err error) {
	level, fields := slog.LevelInfo, []any{
		"messages", t.Messages, "copied", t.Copied, "present", t.Present, "adopted", t.Adopted,
		"skipped", t.Skipped, "refused", t.Refused, "vanished", t.Vanished, "merged", t.Merged, "exit", code,
	}
	if err != nil {
		level, fields = slog.LevelError, append(fields, "error", v.safe(err.Error()))
	}
	v.log.Log(context.Background(), level, "summary", fields...)
}

func (v *logFile) end(*progress) {}

// close ends the file. Its error is the first that writing had, too.
func (v *logFile) close() error { return errors.Join(v.sink.err, v.file.Close()) }
