package main

import (
	"errors"
	"fmt"
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
}

// openLog appends to the file; only its owner may read a new one.
func openLog(path string) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, usagef("", "opening the log file: %w", err)
	}
	s := &sink{w: f, name: "the log file " + path}
	return &logFile{f, s, slog.New(slog.NewTextHandler(s, &slog.HandlerOptions{Level: slog.LevelDebug}))}, nil
}

func (v *logFile) see(e transfer.Event, _ *progress) {
	var fields []any
	add := func(name string, value any, given bool) {
		if given {
			fields = append(fields, name, Safe(fmt.Sprint(value)))
		}
	}
	add("source", e.Source, e.Source != "")
	add("from", e.From, e.From != "")
	add("folder", e.Folder, e.Folder != "")
	add("fate", e.Fate, e.Fate != "")
	add("count", e.Count, e.Count != 0)
	add("bytes", e.Bytes, e.Bytes != 0)
	add("message_id", e.Message, e.Message != "")
	add("subject", e.Subject, e.Subject != "")
	add("text", e.Text, e.Text != "")
	add("error", e.Err, e.Err != nil)
	add("wait", e.Wait, e.Wait != 0)
	v.log.Info(string(kindOf(e)), fields...)
}

func (v *logFile) tick(*progress) {}
func (v *logFile) stopping()      { v.log.Info("stopping") }

// summary is the last line of a run.
func (v *logFile) summary(t transfer.Tally, code int, err error) {
	text := ""
	if err != nil {
		text = Safe(err.Error())
	}
	v.log.Info("summary", "messages", t.Messages, "copied", t.Copied, "present", t.Present, "adopted", t.Adopted,
		"skipped", t.Skipped, "refused", t.Refused, "vanished", t.Vanished, "merged", t.Merged, "exit", code, "error", text)
}

func (v *logFile) end(*progress) {}

// close ends the file. Its error is the first that writing had, too.
func (v *logFile) close() error { return errors.Join(v.sink.err, v.file.Close()) }
