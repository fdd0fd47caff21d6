package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/examples"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// TestReadmeCommands runs every command that the README shows, in its order,
// between real servers that stand for the ones it names.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	old, anew := s.NewUser(), s.NewUser()
	mailtest.Load(t, s.IMAP, old, mailtest.Corpus(6, 60, mailtest.CorpusOptions{Small: true}))
	places := strings.NewReplacer(
		"anna@old.example", old+"@old.example", "anna@new.example", anew+"@new.example",
		"pop3s://anna@pop.old.example", "pop3s://"+old+"@"+s.POP3S,
		"imaps://anna@imap.old.example", "imaps://"+old+"@"+s.IMAPS,
		"imaps://anna@imap.new.example", "imaps://"+anew+"@"+s.IMAPS,
	)
	dir := t.TempDir()
	for _, as := range []string{"Mail", "."} { // the archive, also as the mail of an old program
		copyInto(t, filepath.Join(dir, as))
	}
	commands := readmeCommands(string(text))
	if len(commands) < 6 {
		t.Fatalf("got %d commands in the README, want more: %q", len(commands), commands)
	}
	world := mailWorld(s).environ(t)
	for _, line := range commands {
		cmd := exec.Command("sh", "-c", places.Replace(line))
		cmd.Dir = dir
		cmd.Env = append(append(os.Environ(), world...), "XDG_STATE_HOME="+filepath.Join(dir, "state"), "XDG_CONFIG_HOME="+dir,
			"MAILHAUL_CA_FILE="+s.CAFile, "MAILHAUL_NO_INPUT=true",
			"MAILHAUL_SOURCE_PASSWORD="+mailtest.Password, "MAILHAUL_DEST_PASSWORD="+mailtest.Password)
		out, err := cmd.CombinedOutput()
		if strings.HasPrefix(line, "mailhaul verify") && cmd.ProcessState.ExitCode() == exitDiffers {
			continue // mail of several sources is there
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}

// readmeCommands are the lines of its blocks of shell.
func readmeCommands(text string) []string {
	var commands []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		commands = append(commands, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	return commands
}

// copyInto lays out the sample mail.
func copyInto(t *testing.T, dir string) {
	t.Helper()
	if err := os.CopyFS(dir, examples.Mail()); err != nil {
		t.Fatal(err)
	}
}

// TestReadmeExitCodes: the README's table says what the help says.
func TestReadmeExitCodes(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^ +(\d+)  (.+)$`).FindAllStringSubmatch(helpExitCodes, -1)
	if len(rows) != 11 {
		t.Fatalf("got %d rows in the help, want 11", len(rows))
	}
	for _, row := range rows {
		want := "| " + row[1] + " | " + row[2] + " |\n"
		if escaped := strings.ReplaceAll(want, "--max-*", "`--max-*`"); !strings.Contains(string(text), escaped) {
			t.Errorf("the README has no row %q", escaped)
		}
	}
}
