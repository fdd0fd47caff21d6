package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

func TestMain(m *testing.M) { proof.Main(m) }

// TestFigures measures a little and looks whether what is printed can be.
func TestFigures(t *testing.T) {
	mailtest.Need(t, "dovecot")
	var out, talk bytes.Buffer
	args := []string{"-program", proof.Program(t), "-messages", "60", "-folders", "3", "-runs", "1", "-rtt", "0,20", "-fsync=false", "--", "--connections", "2"}
	if err := run(t.Context(), args, &out, &talk); err != nil {
		t.Fatalf("%v\n%s", err, &talk)
	}
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	var r Report
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	if r.Machine.Cores != runtime.NumCPU() || r.Machine.Go != runtime.Version() || !strings.HasPrefix(r.Machine.Dovecot, "2.") {
		t.Errorf("got machine %+v", r.Machine)
	}
	if m := r.Mail; m.Messages != 60 || m.Folders != 3 || m.Bytes < 60*1000 || m.Median < 1000 || m.Largest < m.Median {
		t.Errorf("got mail %+v", m)
	}
	if len(r.Results) != 2 || len(r.Results[0].Runs) != 1 || r.Results[0].RoundTrip != 0 || r.Results[1].RoundTrip != 20 {
		t.Fatalf("got results %+v, want those of 0 and 20 ms", r.Results)
	}
	for _, result := range r.Results {
		for name, f := range map[string]Figures{"first": result.First, "again": result.Again} {
			f.plausible(t, name, result.RoundTrip)
		}
		if f := result.First; f.MB < float64(r.Mail.Bytes)/1e6/f.Seconds*0.9 || f.MB > float64(r.Mail.Bytes)/1e6/f.Seconds*1.1 {
			t.Errorf("%d ms: got %v MB/s for %d bytes in %v s", result.RoundTrip, f.MB, r.Mail.Bytes, f.Seconds)
		}
	}
	first, again := r.Results[1].First, r.Results[1].Again
	if first.Connections != 4 || again.Turnarounds >= first.Turnarounds || first.Turnarounds > 60 {
		t.Errorf("got %+v, and again %+v, want 4 connections, fewer turnarounds than messages, and fewer again", first, again)
	}
}

func (f Figures) plausible(t *testing.T, name string, roundTrip int) {
	t.Helper()
	wire := f.Turnarounds > 0 && f.SourceTurnarounds > 0 && f.DestTurnarounds > 0 && f.Connections >= 2 && f.Turnarounds == f.SourceTurnarounds+f.DestTurnarounds
	if wire != (roundTrip > 0) {
		t.Errorf("%d ms, %s: got %+v, want turnarounds and connections where there is a proxy", roundTrip, name, f)
	}
	const connect = 4 // round trips: SYN and greeting, LOGIN, one question
	if f.Seconds < float64(connect*roundTrip)/1000 || f.Seconds > 60 {
		t.Errorf("%d ms, %s: got %v s", roundTrip, name, f.Seconds)
	}
	if rate := f.Messages * f.Seconds; rate < 54 || rate > 66 {
		t.Errorf("%d ms, %s: got %v messages a second in %v s, want 60 in all", roundTrip, name, f.Messages, f.Seconds)
	}
	if f.CPU <= 0 || f.CPU > f.Seconds*float64(runtime.NumCPU())+0.1 {
		t.Errorf("%d ms, %s: got %v CPU seconds in %v s", roundTrip, name, f.CPU, f.Seconds)
	}
	if runtime.GOOS == "linux" && (f.Peak < 5 || f.Peak > 200) {
		t.Errorf("%d ms, %s: got %v MiB", roundTrip, name, f.Peak)
	}
}

// TestWrongCopyIsAnError: out of POP3, over TLS, into a destination without
// LITERAL+, and with mail that differs.
func TestWrongCopyIsAnError(t *testing.T) {
	mailtest.Need(t, "dovecot")
	args := []string{"-program", proof.Program(t), "-messages", "20", "-source", "pop3", "-tls", "-without", "literal+,multiappend", "-format", "maildir", "-rtt", "0"}
	setup, o, err := parse(args, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRig(t.Context(), setup, o)
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.pair(t.Context(), 0); err != nil {
		t.Fatalf("nothing is wrong: %v", err)
	}
	inbox := r.given[mailtest.Key("INBOX")]
	inbox[3].Closed[0]++
	if _, err := r.pair(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "the copy is wrong") {
		t.Errorf("another byte: got %v, want an error", err)
	}
	r.setup.Args = []string{"--max-size", "2K"}
	if _, err := r.pair(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "of 20 messages copied") {
		t.Errorf("a message is left out: got %v, want an error", err)
	}
}

func TestCompare(t *testing.T) {
	report := func(seconds, turnarounds float64) Report {
		f := Figures{Seconds: seconds, CPU: 1, Peak: 30, Turnarounds: turnarounds}
		return Report{Results: []Result{{RoundTrip: 40, Run: Run{First: f, Again: f}}}}
	}
	for _, tc := range []struct {
		name     string
		old, now Report
		slower   bool
	}{
		{"the same", report(1, 20), report(1, 20), false},
		{"faster", report(1, 20), report(0.5, 10), false},
		{"a little slower", report(1, 20), report(1.19, 20), false},
		{"slower", report(1, 20), report(1.21, 20), true},
		{"slower, but by little time", report(0.05, 20), report(0.075, 20), false},
		{"more turnarounds", report(1, 20), report(1, 30), true},
		{"one turnaround more", report(1, 4), report(1, 6), false},
		{"another round trip time", report(1, 20), Report{Results: []Result{{RoundTrip: 100}}}, false},
	} {
		var said strings.Builder
		if err := compare(tc.old, tc.now, 1.2, &said); errors.Is(err, errSlower) != tc.slower || err != nil && !tc.slower {
			t.Errorf("%s: got %v, want slower: %v\n%s", tc.name, err, tc.slower, &said)
		}
	}
}

func TestMedians(t *testing.T) {
	runs := []Run{{First: Figures{Seconds: 3, Peak: 1}}, {First: Figures{Seconds: 1, Peak: 3}}, {First: Figures{Seconds: 2, Peak: 2}}, {First: Figures{Seconds: 9, Peak: 2}}}
	if got := medians(runs).First; got.Seconds != 2.5 || got.Peak != 2 {
		t.Errorf("got %+v, want 2.5 s and 2 MiB", got)
	}
}

func TestExits(t *testing.T) {
	old := filepath.Join(t.TempDir(), "old.json")
	if err := os.WriteFile(old, []byte(`{"setup": {"messages": 7, "folders": 12, "seed": 1, "source": "imap"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-messages", "0"}, {"-rtt", "40,x"}, {"-rtt", "40,40"}, {"-source", "mbox"}, {"-format", "mdbox"}, {"-slower", "0.5"},
		{"-unknown"}, {"-runs", "1000"}, {"-against", old}, {"-against", old + ".none"}, {"-against", old, "-messages", "7"},
	} {
		if got := exit(run(t.Context(), args, t.Output(), t.Output()), t.Output()); got != exitUsage {
			t.Errorf("%q: got exit %d, want %d", args, got, exitUsage)
		}
	}
	for want, err := range map[int]error{0: nil, exitWrong: errors.New("x"), exitSlower: errSlower} {
		if got := exit(err, t.Output()); got != want {
			t.Errorf("%v: got exit %d, want %d", err, got, want)
		}
	}
}
