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
	said   string // the path where the user named one
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
# Look first:  mailhaul plan%[1]s --job %[2]s
# Then copy:   mailhaul run%[1]s %[2]s
# The same again resumes after an interruption, and later carries what is new.
[[job]]
name = %[3]s
from = [%[4]s]
to = %[5]s
%[6]s`, t.option(), Safe(quoteAll([]string{job})), tomlString(job), tomlString(from), tomlString(to), old.choices())
	return b.String()
}

// option is what a command needs to find this file, "" if that is the usual one.
func (t *configText) option() string {
	if t.said == "" {
		return ""
	}
	return " --config " + Safe(quoteAll([]string{t.said}))
}

// choices are what users of such a source often add to a job: keys with what they
// do, to be used by taking the first # away.
func (s *setupSide) choices() string {
	switch {
	case s.isPOP3():
		return `# pop-seen = "older-than=30d"       # what is marked as read, as POP3 does not tell: all, none
# delete-source = "after-verify"    # empties the old mailbox of what is proved to have arrived
# max-size = "25M"                  # larger messages stay
`
	case s.network():
		return `# exclude = ["Spam", "Trash"]    # folders to leave out
# max-size = "25M"               # larger messages stay
#   [[job.map]]                  # a folder goes to another one than its namesake
#   from = "Lists/*"
#   to = "Archive/*"
`
	}
	return `# max-size = "25M"    # larger messages stay
#   [[job.map]]       # all goes below one folder
#   from = "*"
#   to = "Old mail/*"
`
}

// toml is an account of the file.
func (s *setupSide) toml(name, what string) string {
	var b strings.Builder
	if s.from != "" {
		what += "; the server comes from " + Safe(s.from)
	}
	fmt.Fprintf(&b, "\n# %s.\n[[account]]\nname = %s\nendpoint = %s\n", what, tomlString(name), tomlString(s.account.Endpoint))
	if p := s.account.Password; p != nil {
		fmt.Fprintf(&b, "password = { %s\n", p.toml())
	} else if s.kept != "" {
		whose := Safe(quoteAll([]string{s.account.Endpoint}))
		fmt.Fprintf(&b, "# The sign-in is kept on this machine. To renew it: mailhaul login %s\n# To remove it: mailhaul login --forget %[1]s\n", whose)
	}
	if s.account.Pin != "" {
		fmt.Fprintf(&b, "# The one key that this server may have, compared by you; its owner tells of a new one.\npin = %s\n", tomlString(s.account.Pin))
	}
	if s.account.CAFile != "" {
		fmt.Fprintf(&b, "# The certificate that vouches for this server, as its owner gave it out.\nca-file = %s\n", tomlString(s.account.CAFile))
	}
	return b.String()
}

// toml is the rest of the line: where it comes from, and what that means.
func (p *passwordConfig) toml() string {
	switch {
	case p.Command != "":
		return "command = " + tomlString(p.Command) + " }    # prints it"
	case p.Env != "":
		return "env = " + tomlString(p.Env) + " }    # export it before each run"
	}
	return "prompt = true }    # asked each time"
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
