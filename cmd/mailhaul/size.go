package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// parseSize reads a number of bytes: 4096, 25M, 1.5G. K, M, G and T are powers
// of 1024, as mail servers count their limits; a B or iB behind them changes
// nothing.
func parseSize(text string) (int64, error) {
	number := strings.ToUpper(strings.TrimSpace(text))
	if number != "" && strings.Trim(number, "0123456789.") == "" {
		number += "B"
	}
	number = strings.TrimSuffix(strings.TrimSuffix(number, "B"), "I")
	shift := 0
	if n := len(number); n > 0 {
		if i := strings.IndexByte("KMGT", number[n-1]); i >= 0 {
			shift, number = 10*(i+1), strings.TrimSpace(number[:n-1])
		}
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || strings.Trim(number, "0123456789.") != "" {
		return 0, fmt.Errorf("%q is no size: write a number of bytes, or like 25M, 1.5G", text)
	}
	value *= float64(int64(1) << shift)
	if value >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is too large a size", text)
	}
	return int64(value), nil
}

// formatSize writes bytes for people, in the units of the bar: powers of 1024.
func formatSize(n int64) string {
	if n < 0 {
		return "?"
	}
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), -1
	for value >= 1023.95 && unit < 4 {
		value /= 1024
		unit++
	}
	if value < 10 {
		return fmt.Sprintf("%.1f %ciB", value, "KMGTP"[unit])
	}
	return fmt.Sprintf("%.0f %ciB", value, "KMGTP"[unit])
}

// formatCount writes 1234567 as 1,234,567, and what is not known as "?".
func formatCount(n int) string {
	if n < 0 {
		return "?"
	}
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// messages is "1 message", "2,345 messages".
func messages(n int) string { return counted(n, "message") }

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return formatCount(n) + " " + noun + "s"
}

// formatDuration writes 8m55s, 0.4s, 2h5m0s.
func formatDuration(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// parseDay reads 2006-01-02 as the midnight that begins it, here.
func parseDay(text string) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no date: write it like 2024-12-31", text)
	}
	return day, nil
}
