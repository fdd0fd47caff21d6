package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/internal/credential"
)

// config is the config file, read once and strictly. Names, addresses and
// folders are values in lists of tables: viper lower-cases keys.
type config struct {
	path     string
	Version  int             `mapstructure:"version"`
	Accounts []accountConfig `mapstructure:"account"`
	Jobs     []jobConfig     `mapstructure:"job"`
}

// accountConfig is one place that holds mail.
type accountConfig struct {
	Name           string          `mapstructure:"name"`
	Endpoint       string          `mapstructure:"endpoint"`
	Password       *passwordConfig `mapstructure:"password"`
	Token          *passwordConfig `mapstructure:"token"`
	Admin          string          `mapstructure:"admin"`
	Auth           string          `mapstructure:"auth"`
	Cert           string          `mapstructure:"cert"`
	App            string          `mapstructure:"app"`
	Pin            string          `mapstructure:"pin"`
	CAFile         string          `mapstructure:"ca-file"`
	AllowCleartext bool            `mapstructure:"allow-cleartext"`
	Connections    int             `mapstructure:"connections"`
}

// passwordConfig says where a password comes from; it is never the password.
type passwordConfig struct {
	Env     string `mapstructure:"env"`
	Command string `mapstructure:"command"`
	File    string `mapstructure:"file"`
	Keyring bool   `mapstructure:"keyring"`
	Prompt  bool   `mapstructure:"prompt"`
}

// jobConfig is one move. What it sets besides the accounts has the names of
// the flags.
type jobConfig struct {
	Name        string      `mapstructure:"name"`
	From        []string    `mapstructure:"from"`
	To          string      `mapstructure:"to"`
	Map         []mapConfig `mapstructure:"map"`
	Flags       []mapConfig `mapstructure:"flag"`
	Folders     []string    `mapstructure:"folder"`
	Exclude     []string    `mapstructure:"exclude"`
	Since       string      `mapstructure:"since"`
	Before      string      `mapstructure:"before"`
	MaxSize     string      `mapstructure:"max-size"`
	PopSeen     string      `mapstructure:"pop-seen"`
	Delete      string      `mapstructure:"delete-source"`
	MaxDelete   int         `mapstructure:"max-delete"`
	Unify       bool        `mapstructure:"unify-keywords"`
	Newest      bool        `mapstructure:"newest-first"`
	Compress    string      `mapstructure:"compress"`
	Connections int         `mapstructure:"connections"`
	Tries       int         `mapstructure:"tries"`
	MaxTransfer string      `mapstructure:"max-transfer"`
	MaxDuration string      `mapstructure:"max-duration"`
	OnDone      string      `mapstructure:"on-done"`
}

// mapConfig is one rule.
type mapConfig struct {
	From string `mapstructure:"from"`
	To   string `mapstructure:"to"`
}

// readConfig reads the file. A missing one is an error that names it.
func (w *world) readConfig(path string) (*config, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usagef("write it (mailhaul help config shows one), or say where it is: --config FILE", "there is no config file %s", path)
	case err != nil:
		return nil, usagef("", "reading the config file: %w", err)
	}
	c, err := parseConfig(text)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("config %s: %w", path, err), hint: "mailhaul help config shows a whole one"}
	}
	c.path = path
	w.named = append(w.named, c.secretVariables()...)
	if err := w.conceal(); err != nil {
		return nil, err
	}
	return c, nil
}

// check asks what the decoder cannot.
func (c *config) check() error {
	if c.Version != 1 {
		return fmt.Errorf("version must be 1, not %d", c.Version)
	}
	seen := map[string]bool{}
	for i, a := range c.Accounts {
		switch {
		case a.Name == "":
			return fmt.Errorf("account[%d] has no name", i)
		case seen["account "+a.Name]:
			return fmt.Errorf("there are two accounts %q", a.Name)
		case a.Endpoint == "":
			return fmt.Errorf("account %q has no endpoint", a.Name)
		}
		seen["account "+a.Name] = true
		for _, secret := range []*passwordConfig{a.Password, a.Token} {
			if secret == nil {
				continue
			}
			if _, err := secret.way(); err != nil {
				return fmt.Errorf("account %q: %w", a.Name, err)
			}
		}
	}
	for i, j := range c.Jobs {
		switch {
		case j.Name == "":
			return fmt.Errorf("job[%d] has no name", i)
		case seen["job "+j.Name]:
			return fmt.Errorf("there are two jobs %q", j.Name)
		case len(j.From) == 0 || j.To == "":
			return fmt.Errorf("job %q needs from and to", j.Name)
		}
		seen["job "+j.Name] = true
		for _, name := range append(slices.Clone(j.From), j.To) {
			if !seen["account "+name] {
				return fmt.Errorf("job %q: there is no account %q", j.Name, name)
			}
		}
	}
	return nil
}

// way is where the password comes from: exactly one place.
func (p *passwordConfig) way() (credential.Way, error) {
	way := credential.Way{Env: p.Env, Command: p.Command, File: p.File, Keyring: p.Keyring, Prompt: p.Prompt}
	n := 0
	for _, set := range []bool{p.Env != "", p.Command != "", p.File != "", p.Keyring, p.Prompt} {
		if set {
			n++
		}
	}
	if n != 1 {
		return way, errors.New("password and token must have exactly one of command, env, file, keyring, prompt")
	}
	return way, nil
}

// secretVariables are those of the environment that hold a secret of any account.
func (c *config) secretVariables() (names []string) {
	for _, a := range c.Accounts {
		for _, secret := range []*passwordConfig{a.Password, a.Token} {
			if secret != nil && secret.Env != "" {
				names = append(names, secret.Env)
			}
		}
	}
	return names
}

// account finds an account by its name.
func (c *config) account(name string) accountConfig {
	i := slices.IndexFunc(c.Accounts, func(a accountConfig) bool { return a.Name == name })
	return c.Accounts[i]
}

// pick answers the jobs with these names, all of them without names.
func (c *config) pick(names []string) ([]jobConfig, error) {
	if len(c.Jobs) == 0 {
		return nil, usagef("add a [[job]]: mailhaul help config shows one", "config %s has no job", c.path)
	}
	if len(names) == 0 {
		return c.Jobs, nil
	}
	var jobs []jobConfig
	for _, name := range names {
		i := slices.IndexFunc(c.Jobs, func(j jobConfig) bool { return j.Name == name })
		if i < 0 {
			var there []string
			for _, j := range c.Jobs {
				there = append(there, j.Name)
			}
			return nil, usagef("there are: "+strings.Join(there, ", "), "config %s has no job %q", c.path, name)
		}
		jobs = append(jobs, c.Jobs[i])
	}
	return jobs, nil
}

// settings are those keys of the job that the file sets.
func (j *jobConfig) settings() map[string]any {
	set := map[string]any{}
	add := func(name string, value any, given bool) {
		if given {
			set[name] = value
		}
	}
	add("folder", j.Folders, len(j.Folders) > 0)
	add("exclude", j.Exclude, len(j.Exclude) > 0)
	add("since", j.Since, j.Since != "")
	add("before", j.Before, j.Before != "")
	add("max-size", j.MaxSize, j.MaxSize != "")
	add("pop-seen", j.PopSeen, j.PopSeen != "")
	add("delete-source", j.Delete, j.Delete != "")
	add("max-delete", j.MaxDelete, j.MaxDelete != 0)
	add("unify-keywords", j.Unify, j.Unify)
	add("connections", j.Connections, j.Connections != 0)
	add("compress", j.Compress, j.Compress != "")
	add("newest-first", j.Newest, j.Newest)
	add("tries", j.Tries, j.Tries != 0)
	add("max-transfer", j.MaxTransfer, j.MaxTransfer != "")
	add("max-duration", j.MaxDuration, j.MaxDuration != "")
	add("on-done", j.OnDone, j.OnDone != "")
	return set
}
