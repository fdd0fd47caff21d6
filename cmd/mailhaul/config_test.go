package main

import (
	"strings"
	"testing"
)

const goodConfig = `version = 1
[[account]]
name = "old"
endpoint = "pop3s://Anna@pop.oldisp.example"
password = { command = "pass show old" }
[[account]]
name = "new"
endpoint = "imaps://anna@imap.new.example"
[[job]]
name = "anna"
from = ["old"]
to = "new"
exclude = ["Spam, and more", "INBOX.Archive.2020"]
max-size = "25M"
connections = 4
newest-first = true
compress = "off"
  [[job.map]]
  from = "Gesendete Objekte"
  to = "Sent"
`

func TestParseConfig(t *testing.T) {
	c, err := parseConfig([]byte(goodConfig))
	if err != nil {
		t.Fatal(err)
	}
	j := c.Jobs[0]
	if got := c.account("old").Endpoint; got != "pop3s://Anna@pop.oldisp.example" {
		t.Errorf("got endpoint %q, want its case kept", got)
	}
	if len(j.Exclude) != 2 || j.Exclude[0] != "Spam, and more" || j.Exclude[1] != "INBOX.Archive.2020" {
		t.Errorf("got exclude %q, want both names to the letter", j.Exclude)
	}
	if len(j.Map) != 1 || j.Map[0] != (mapConfig{"Gesendete Objekte", "Sent"}) {
		t.Errorf("got map %q, want one rule to the letter", j.Map)
	}
}

func TestConfigMistakes(t *testing.T) {
	tests := []struct{ name, cut, put, want string }{
		{"syntax", `name = "old"`, `name = "old`, "line 3, column"},
		{"no version", "version = 1", "", "version must be 1"},
		{"later version", "version = 1", "version = 2", "version must be 1, not 2"},
		{"unknown key at the top", "version = 1", "version = 1\nbwlimit = 3", `unknown key "bwlimit"`},
		{"unknown key in account", `name = "old"`, "name = \"old\"\nendpiont = \"x\"", `unknown key "endpiont" in account[0]`},
		{"unknown key in job", `exclude =`, `exlude =`, `unknown key "exlude" in job[0]`},
		{"unknown key in rule", `to = "Sent"`, `into = "Sent"`, `unknown key "into" in job[0].map[0]`},
		{"unknown key in password", `command = "pass show old"`, `comand = "x"`, `unknown key "comand" in account[0].password`},
		{"password as text", `{ command = "pass show old" }`, `"hunter2"`, "a password does not stand in the config"},
		{"password as number", `{ command = "pass show old" }`, `0o123456`, "a password does not stand in the config"},
		{"number as secret's place", `{ command = "pass show old" }`, `{ env = 12345 }`, "account[0].password.env must be a text in quotes, not a number"},
		{"two ways", `{ command = "pass show old" }`, `{ command = "x", prompt = true }`, "exactly one of"},
		{"no way", `{ command = "pass show old" }`, `{ }`, "exactly one of"},
		{"text as number", "connections = 4", `connections = "4"`, "job[0].connections must be a number, not a text in quotes"},
		{"number as text", `max-size = "25M"`, "max-size = 25", "job[0].max-size must be a text in quotes, not a number"},
		{"account without name", `name = "old"`, "", "account[0] has no name"},
		{"account without endpoint", `endpoint = "imaps://anna@imap.new.example"`, "", `account "new" has no endpoint`},
		{"two accounts", `name = "new"`, `name = "old"`, `two accounts "old"`},
		{"missing account", `to = "new"`, `to = "newer"`, `job "anna": there is no account "newer"`},
		{"job without to", `to = "new"`, "", `job "anna" needs from and to`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			text := strings.Replace(goodConfig, tc.cut, tc.put, 1)
			if text == goodConfig {
				t.Fatalf("%q is not in the config", tc.cut)
			}
			_, err := parseConfig([]byte(text))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error repeats the password: %v", err)
			}
		})
	}
}

func TestConfigOneNameForList(t *testing.T) {
	c, err := parseConfig([]byte(strings.Replace(goodConfig, `from = ["old"]`, `from = "old"`, 1)))
	if err != nil || len(c.Jobs[0].From) != 1 || c.Jobs[0].From[0] != "old" {
		t.Errorf("got %v, %v, want from to be [old]", c, err)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(goodConfig))
	f.Add([]byte("version = 1\n[[job]]\n"))
	f.Add([]byte("[account]\nname = 3"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := parseConfig(text); err == nil && c.Version != 1 {
			t.Errorf("parseConfig(%q): got version %d without an error", text, c.Version)
		}
	})
}
