package main

import (
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	tests := []struct {
		in   string
		want int64 // -1: an error
	}{
		{"0", 0}, {"4096", 4096}, {"4096B", 4096}, {"25M", 25 << 20}, {"25m", 25 << 20}, {"25MB", 25 << 20}, {"25 MiB", 25 << 20},
		{"1.5G", 3 << 29}, {"2K", 2048}, {"1T", 1 << 40},
		{"", -1}, {"M", -1}, {"-1", -1}, {"1e9", -1}, {"0x10", -1}, {"inf", -1}, {"25X", -1}, {"1.2.3", -1}, {"99999999T", -1}, {"ten", -1},
	}
	for _, tc := range tests {
		got, err := parseSize(tc.in)
		if tc.want < 0 && err == nil || tc.want >= 0 && (err != nil || got != tc.want) {
			t.Errorf("parseSize(%q): got %d, %v, want %d", tc.in, got, err, tc.want)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, seed := range []string{"25M", "1.5GiB", "", "9223372036854775807", "8388608T", "."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if n, err := parseSize(in); err == nil && n < 0 {
			t.Errorf("parseSize(%q): got %d, want no negative size", in, n)
		}
	})
}

func TestFormat(t *testing.T) {
	tests := []struct{ got, want string }{
		{formatSize(0), "0 B"}, {formatSize(1023), "1023 B"}, {formatSize(1024), "1.0 KiB"}, {formatSize(1536), "1.5 KiB"},
		{formatSize(25 << 20), "25 MiB"}, {formatSize(1<<30 - 1), "1.0 GiB"}, {formatSize(3 << 40), "3.0 TiB"}, {formatSize(-1), "?"},
		{formatCount(0), "0"}, {formatCount(999), "999"}, {formatCount(1000), "1,000"}, {formatCount(1234567), "1,234,567"}, {formatCount(-1), "?"},
		{messages(1), "1 message"}, {messages(0), "0 messages"},
		{formatDuration(412 * time.Millisecond), "0.4s"}, {formatDuration(535400 * time.Millisecond), "8m55s"},
	}
	for _, tc := range tests {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}
