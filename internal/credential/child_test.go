package credential

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What other programs get to see.
func TestHarmless(t *testing.T) {
	a := Asker{
		Environ: []string{
			"PATH=/bin", "OLD_PW=hunter2", "OTHER=kept", "MAILHAUL_SOURCE_PASSWORD_2=hunter2", "MAILHAUL_DEST_TOKEN=hunter2",
			"MAILHAUL_CLIENT_SECRET=hunter2", "MAILHAUL_CONFIG=c.toml",
			"ALL_PROXY=socks5h://anna:hunter2@proxy.example:1080", "https_proxy=http://hunter2@proxy.example:8080/",
			"HTTP_PROXY=anna:hunter2@proxy.example:8080", "FTP_PROXY=http://anna:hunter2/@hunter2#@proxy.example",
			"MAILHAUL_PROXY=http://anna:hunter2@proxy.example", "NO_PROXY=localhost,.example", "http_proxy=http://proxy.example:3128",
		},
		Hide: []string{"OLD_PW"},
	}
	want := []string{
		"PATH=/bin", "OTHER=kept", "MAILHAUL_CONFIG=c.toml",
		"ALL_PROXY=socks5h://proxy.example:1080", "https_proxy=http://proxy.example:8080/",
		"HTTP_PROXY=proxy.example:8080", "FTP_PROXY=http://proxy.example",
		"MAILHAUL_PROXY=http://proxy.example", "NO_PROXY=localhost,.example", "http_proxy=http://proxy.example:3128",
	}
	if got := a.Program(t.Context(), "x").Env; !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Who has no environment hands none on: nil would be that of the whole process.
func TestHarmlessOfNothing(t *testing.T) {
	unixOnly(t)
	t.Setenv("MAILHAUL_SOURCE_PASSWORD", "hunter2")
	out, err := Asker{}.Shell(t.Context(), "set").Output()
	if os.Getenv("MAILHAUL_SOURCE_PASSWORD") == "" || err != nil || strings.Contains(string(out), "hunter2") {
		t.Errorf("got %v and an environment with the secret: %q", err, out)
	}
}

// A library that starts a program hands on what the process has: no secret by then.
// The program itself goes on with the environment that it began with.
func TestConceal(t *testing.T) {
	unixOnly(t)
	t.Setenv("MAILHAUL_SOURCE_PASSWORD", "hunter2")
	t.Setenv("MAILHAUL_DEST_TOKEN_COMMAND", "echo hunter2")
	t.Setenv("OLD_PW", "hunter2")
	t.Setenv("ALL_PROXY", "socks5h://anna:hunter2@proxy.example:1080")
	t.Setenv("MAILHAUL_TRIES", "7")
	a := Asker{Environ: append(os.Environ(), "NOT_OURS=1"), Hide: []string{"OLD_PW"}}
	if err := a.Conceal(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("env").Output() // as a library would
	if err != nil || strings.Contains(string(out), "hunter2") {
		t.Errorf("got %v and an environment with the secret: %q", err, out)
	}
	for _, want := range []string{"MAILHAUL_TRIES=7\n", "ALL_PROXY=socks5h://proxy.example:1080\n", "PATH="} {
		if !strings.Contains(string(out), want) {
			t.Errorf("got an environment without %q: %q", want, out)
		}
	}
	if strings.Contains(string(out), "NOT_OURS") {
		t.Errorf("got what the process did not have: %q", out)
	}
	if !slices.Contains(a.Environ, "MAILHAUL_SOURCE_PASSWORD=hunter2") {
		t.Error("the program does not know its own secrets any more")
	}
}
