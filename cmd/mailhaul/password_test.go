package main

import (
	"bytes"
	"testing"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/dial"
)

func TestPasswordOfEachSide(t *testing.T) {
	account := func(user string) side {
		return side{Access: dial.Access{Endpoint: dial.Endpoint{Scheme: "imaps", User: user, Host: "host"}}}
	}
	local := side{Access: dial.Access{Endpoint: dial.Endpoint{Scheme: "mbox", Path: "/mail"}}}
	own := account("own")
	own.way = &credential.Way{Env: "OWN"}
	flagged := account("flagged")
	flagged.flagWay = &credential.Way{Env: "FLAGGED"}
	tests := []struct {
		name    string
		environ []string
		sources []side
		want    []string // "" for a side that needs none
	}{
		{"one for all", []string{"MAILHAUL_SOURCE_PASSWORD=all"}, []side{account("a"), local, account("c")}, []string{"all", "", "all"}},
		{"the third has its own", []string{"MAILHAUL_SOURCE_PASSWORD=all", "MAILHAUL_SOURCE_PASSWORD_3=third"},
			[]side{account("a"), account("b"), account("c")}, []string{"all", "all", "third"}},
		{"the account's own way", []string{"OWN=own"}, []side{own}, []string{"own"}},
		{"a variable wins over the account", []string{"OWN=own", "MAILHAUL_SOURCE_PASSWORD=all"}, []side{own}, []string{"all"}},
		{"a flag wins over a variable", []string{"FLAGGED=flag", "MAILHAUL_SOURCE_PASSWORD=all"}, []side{flagged}, []string{"flag"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			w := &world{talk: &bytes.Buffer{}, environ: append(tc.environ, "MAILHAUL_DEST_PASSWORD=dest")}
			h := &haul{sources: tc.sources, dest: account("d"), noInput: true}
			if err := h.unlock(t.Context(), w); err != nil {
				t.Fatal(err)
			}
			for i, want := range append(tc.want, "dest") {
				s := append(append([]side{}, h.sources...), h.dest)[i]
				got := ""
				if s.Password != nil {
					got, _ = s.Password(t.Context())
				}
				if got != want {
					t.Errorf("side %d: got %q, want %q", i, got, want)
				}
			}
		})
	}
}
