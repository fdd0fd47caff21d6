package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// defaultPopSeen: what waits in a maildrop for more than a month has mostly been
// read by the program that left it there, and what has come since may not have
// been. To find old mail unread is a nuisance, to find new mail read a loss.
const defaultPopSeen = "older-than=30d"

// readPopSeen reads which messages of a POP3 source, which cannot tell, are to be
// marked as read. now is when the run began.
func readPopSeen(l layers, now time.Time) (marks func(transfer.Message) []transfer.Flag, err error) {
	text := l.text("pop-seen")
	age, aged := strings.CutPrefix(text, "older-than=")
	seen := []transfer.Flag{transfer.Seen}
	switch {
	case text == "all":
		return func(transfer.Message) []transfer.Flag { return seen }, nil
	case text == "none":
		return func(transfer.Message) []transfer.Flag { return nil }, nil
	case !aged:
		return nil, fmt.Errorf("pop-seen must be all, none or like %s, not %q", defaultPopSeen, text)
	}
	days, err := parseDays(age)
	if err != nil {
		return nil, fmt.Errorf("pop-seen: %w", err)
	}
	limit := now.AddDate(0, 0, -days)
	return func(m transfer.Message) []transfer.Flag {
		if m.Date.IsZero() || !m.Date.Before(limit) {
			return nil
		}
		return seen
	}, nil
}

// parseDays reads a time in days or weeks: 30d, 4w.
func parseDays(text string) (int, error) {
	number, unit := text[:max(len(text)-1, 0)], text[max(len(text)-1, 0):]
	n, err := strconv.Atoi(number)
	days := map[string]int{"d": 1, "w": 7}[unit]
	if err != nil || n < 0 || n > 36500 || days == 0 {
		return 0, fmt.Errorf("%q is no age: write it like 30d or 4w", text)
	}
	return n * days, nil
}
