package main

import (
	"fmt"
	"io"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// planSum tells how much there is to do.
func planSum(w io.Writer, p transfer.Plan) {
	count, bytes, uncounted := planned(p)
	filled, sampled := 0, ""
	for _, f := range p.Folders {
		if f.Tally.Copied > 0 {
			filled++
		}
		switch {
		case f.Sampled:
			sampled = "about "
		case f.Counted && f.Tally.Copied > 0 && f.Tally.Bytes < 0 && sampled == "":
			sampled = "at least "
		}
	}
	switch {
	case count == 0 && uncounted == 0:
		fmt.Fprintln(w, nothingNew(p))
	case uncounted > 0:
		fmt.Fprintf(w, "%s to copy%s\n", messages(count), measured(bytes, uncounted))
	default:
		fmt.Fprintf(w, "%s to copy in %s, %s%s.\n", messages(count), counted(filled, "folder"), sampled, formatSize(bytes))
	}
	if sampled == "about " {
		fmt.Fprintf(w, "Sizes with ~ are reckoned from some of the messages: the source does not tell that of all.\n")
	}
	for _, q := range p.Forecast.Quotas {
		if !q.Messages && q.Limit > 0 {
			fmt.Fprintf(w, "Room at the destination: %s of %s.\n", formatSize(max(q.Limit-q.Used, 0)), formatSize(q.Limit))
		}
	}
}

// measured ends a sentence about a number of messages.
func measured(bytes int64, uncounted int) string {
	text := ""
	if bytes > 0 {
		text = ", " + formatSize(bytes)
	}
	if uncounted > 0 {
		text += ", and those in " + counted(uncounted, "folder") + " marked ?, which are counted as they are read"
	}
	return text
}

// timeToExpect tells what the measured line lets hope for.
func (h *haul) timeToExpect(w io.Writer, p transfer.Plan) {
	d := h.expected(p)
	if d == 0 {
		return
	}
	fmt.Fprintf(w, "Time to expect: %s. The source gave %s at %s/s; a slower destination takes longer.\n",
		roughly(d), messages(p.Pace.Messages), formatSize(int64(rateOf(p.Pace))))
}

// roughly rounds as an estimate deserves.
func roughly(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return "some seconds"
	case d < 2*time.Minute:
		return "about " + formatDuration(d.Round(10*time.Second))
	case d < 2*time.Hour:
		return fmt.Sprintf("about %d minutes", int(d.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf("about %d hours", int(d.Round(time.Hour).Hours()))
}

// shownHurdles bounds how many messages of a hurdle are named.
const shownHurdles = 5

// nothingNew says why there is nothing to copy: that all is there, if it is.
func nothingNew(p transfer.Plan) string {
	there, all := 0, 0
	for _, f := range p.Folders {
		if f.Err != nil || f.Skip != "" {
			continue
		}
		there += f.Tally.Present + f.Tally.Adopted + f.Tally.Merged
		all += f.Tally.Messages
	}
	switch {
	case all == 0 || there < all:
		return "Nothing new to copy."
	case all == 1:
		return "Nothing new: the 1 message is there already."
	}
	return fmt.Sprintf("Nothing new: all %s are there already.", messages(all))
}
