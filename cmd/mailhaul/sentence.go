package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// longWait is one in which the user can do something.
const longWait = 10 * time.Second

// sentence tells an event in one line for people, already safe; "" if that
// event is nothing to talk about at that verbosity.
func sentence(e transfer.Event, verbose int) string {
	switch e.Kind {
	case transfer.EventRefused:
		return Safe(fmt.Sprintf("refused: %s: %s: %s", e.Folder, title(e.Subject, e.Message), e.Text))
	case transfer.EventRetry:
		if verbose == 0 && e.Wait < time.Second {
			return ""
		}
		text := fmt.Sprintf("%s%v; trying again in %s", inFolder(e), e.Err, formatDuration(e.Wait))
		if hint := hintOf(e.Err); hint != "" && e.Wait >= longWait {
			text += " (" + hint + ")"
		}
		return Safe(text)
	case transfer.EventSettle:
		return Safe(fmt.Sprintf("%swaiting %s for mail that may still arrive", inFolder(e), formatDuration(e.Wait)))
	case eventAlert:
		return Safe("warning: " + e.Text)
	}
	if verbose == 0 {
		return ""
	}
	switch kindOf(e) {
	case transfer.EventNote:
		return Safe(inFolder(e) + e.Text)
	case transfer.EventFolder:
		return Safe(fmt.Sprintf("%s -> %s", e.From, e.Folder))
	case eventFailed:
		return Safe(fmt.Sprintf("%s could not be finished: %v", e.Folder, e.Err))
	case transfer.EventDone:
		return Safe(fmt.Sprintf("%s done", e.Folder))
	case eventTrace:
		return Safe(e.Time.Format("15:04:05.000 ") + leftOut(e) + e.Text)
	}
	return ""
}

// kindOf is an event's kind; a folder that was given up has one of its own.
func kindOf(e transfer.Event) transfer.Kind {
	if e.Kind == transfer.EventDone && e.Err != nil {
		return eventFailed
	}
	return e.Kind
}

// leftOut tells of lines that came before this one and are not shown.
func leftOut(e transfer.Event) string {
	if e.Count == 0 {
		return ""
	}
	return fmt.Sprintf("(%s left out) ", counted(e.Count, "line"))
}

func inFolder(e transfer.Event) string {
	if e.Folder == "" {
		return ""
	}
	return e.Folder + ": "
}

// title names a message for people.
func title(subject, id string) string {
	switch {
	case subject != "":
		return fmt.Sprintf("%q", shorten(decodeHeader(subject), 60))
	case id != "":
		return id
	}
	return "a message without a subject"
}

// upper begins a sentence.
func upper(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
