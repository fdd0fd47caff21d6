package pop3

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

func TestTellCommand(t *testing.T) {
	for _, tc := range []struct{ line, want string }{
		{"CAPA", "CAPA"},
		{"RETR 7", "RETR 7"},
		{"TOP 7 0", "TOP 7 0"},
		{"USER anna", "USER anna"},
		{"PASS hunter2", "PASS ***"},
		{"pass correct horse", "pass ***"},
		{"APOP anna c4c9334bac560ecc979e58001b3e22fb", "APOP ***"},
		{"AUTH", "AUTH"},
		{"AUTH PLAIN", "AUTH PLAIN"},
		{"AUTH PLAIN AGFubmEAaHVudGVyMg==", "AUTH PLAIN ***"},
		{"AGFubmEAaHVudGVyMg==", "***"},
		{"", "***"},
	} {
		if got := tellCommand(tc.line); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.line, got, tc.want)
		}
	}
}

func TestTranscript(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte("\x00anna\x00" + secret))
	echo := " you sent " + secret + " or " + b64 + "\r\n"
	f := &fake{
		mails: []string{"Subject: Zebra\r\n\r\nZebra\r\n", "Subject: Zebra\r\n\r\n.\r\n"}, capa: ahead,
		replies: map[string]string{"PASS": "+OK" + echo, "RETR 2": "-ERR" + echo, "QUIT": "Zebra\r\n"},
	}
	a := f.start(t)
	var lines []string
	a.Transcript = &dial.Transcript{Name: "source", Tell: func(line string) { lines = append(lines, line) }}
	s, err := New(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for x, err := range s.Fetch(t.Context(), transfer.Folder{}, list(t, s, "")) {
		if err != nil {
			t.Fatal(err)
		}
		last = x.Err
	}
	s.Close()
	if last == nil || strings.Contains(last.Error(), secret) {
		t.Errorf("got %v, want a refusal without the password", last)
	}
	all := strings.Join(lines, "\n") + "\n"
	for _, never := range []string{secret, b64, "Zebra"} {
		if strings.Contains(all, never) {
			t.Errorf("got %q in the transcript:\n%s", never, all)
		}
	}
	for _, line := range []string{
		"S: +OK ready", "C: USER anna", "C: PASS ***", "S: +OK you sent *** or AG", "C: CAPA", "S: PIPELINING", "S: .",
		"C: UIDL", "S: 1 uid-1", "S: 2 " /* LIST */, "C: RETR 1", "S: {25 bytes}", "S: -ERR you sent ***", "C: QUIT", "S: {5 bytes}",
	} {
		if !strings.Contains(all, "source 1 "+line) {
			t.Errorf("got no %q in the transcript:\n%s", line, all)
		}
	}
}

func FuzzTellCommand(f *testing.F) {
	f.Add("PASS")
	f.Add("auth plain")
	f.Add("apop x")
	f.Add("AUTH  ")
	f.Fuzz(func(t *testing.T, before string) {
		const token = "c29tZXRoaW5n"
		verb, _, _ := strings.Cut(before, " ")
		got := tellCommand(before + " x " + token)
		if strings.Contains(got, token) && !strings.Contains(open, " "+strings.ToUpper(verb)+" ") {
			t.Errorf("%q: got %q, want its argument masked", before, got)
		}
	})
}
