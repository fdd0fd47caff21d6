package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// configText is the config file as text, to which a job is added: what the user
// wrote there, comments included, stays to the letter.
type configText struct {
	path   string
	text   string
	config *config // nil if there is no file yet
}

// readConfigText reads the file, if there is one.
func (w *world) readConfigText(path string) (*configText, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &configText{path: path}, nil
	case err != nil:
		return nil, usagef("", "reading the config file: %w", err)
	}
	c, err := w.readConfig(path)
	return &configText{path: path, text: string(text), config: c}, err
}

func (t *configText) hasJob(name string) bool {
	if t.config != nil {
		for _, j := range t.config.Jobs {
			if j.Name == name {
				return true
			}
		}
	}
	return false
}

// free is a name for an account that none has yet.
func (t *configText) free(name string) string {
	taken := map[string]bool{}
	if t.config != nil {
		for _, a := range t.config.Accounts {
			taken[a.Name] = true
		}
	}
	free := name
	for i := 2; taken[free]; i++ {
		free = fmt.Sprintf("%s %d", name, i)
	}
	return free
}

// add is the text with a job and its two accounts more.
func (t *configText) add(job string, old, anew *setupSide) string {
	var b strings.Builder
	if t.text == "" {
		b.WriteString("# The moves of mailhaul. All keys: mailhaul help config\nversion = 1\n")
	} else {
		b.WriteString(strings.TrimRight(t.text, "\n") + "\n")
	}
	from, to := t.free(job+" old"), t.free(job+" new")
	fmt.Fprintf(&b, "\n# Set up on %s.\n", time.Now().Format(time.DateOnly))
	b.WriteString(old.toml(from, "Where the mail is"))
	b.WriteString(anew.toml(to, "Where it goes"))
	fmt.Fprintf(&b, `
# Look first:  mailhaul plan --job %[1]s
# Then copy:   mailhaul run %[1]s     again to resume, and to carry what is new
[[job]]
name = %[2]s
from = [%[3]s]
to = %[4]s
# exclude = ["Spam", "Trash"]    folders to leave out
# max-size = "25M"               larger messages stay
#   [[job.map]]                  a folder to another one
#   from = "Gesendete Objekte"
#   to = "Sent"
`, Safe(quoteAll([]string{job})), tomlString(job), tomlString(from), tomlString(to))
	return b.String()
}

// toml is an account of the file.
func (s *setupSide) toml(name, what string) string {
	var b strings.Builder
	if s.from != "" {
		what += "; the server comes from " + Safe(s.from)
	}
	fmt.Fprintf(&b, "\n# %s.\n[[account]]\nname = %s\nendpoint = %s\n", what, tomlString(name), tomlString(s.account.Endpoint))
	if p := s.account.Password; p != nil {
		fmt.Fprintf(&b, "password = { %s }\n", p.toml())
	} else if s.kept != "" {
		fmt.Fprintf(&b, "# How to sign in is kept in %s; mailhaul login renews it,\n# mailhaul login --forget removes it.\n", Safe(s.kept))
	}
	if s.account.Pin != "" {
		fmt.Fprintf(&b, "pin = %s\n", tomlString(s.account.Pin))
	}
	if s.account.CAFile != "" {
		fmt.Fprintf(&b, "ca-file = %s\n", tomlString(s.account.CAFile))
	}
	return b.String()
}

func (p *passwordConfig) toml() string {
	switch {
	case p.Command != "":
		return "command = " + tomlString(p.Command)
	case p.Env != "":
		return "env = " + tomlString(p.Env)
	}
	return "prompt = true"
}

// tomlString is a basic string of TOML.
func tomlString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"', r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// write puts the new text in the place of the old one, whole or not at all. Only
// the user may read it.
func (t *configText) write(text string) error {
	if _, err := parseConfig([]byte(text)); err != nil {
		return fmt.Errorf("the config would not be right, nothing was written: %w", err)
	}
	path := t.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // the file stays where the link leads
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the config folder: %w", err)
	}
	f, err := os.CreateTemp(dir, ".config-*.toml") // mode 0600
	if err != nil {
		return fmt.Errorf("writing the config: %w", err)
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing the config: %w", err)
	}
	return nil
}
