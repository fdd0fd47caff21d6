package secret

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
)

const (
	// password has what needs quoting; token is as tokens are.
	password = `Kz8"canary\ 7ü`
	token    = "ya29.canary-Kz8vX3qLw-token"
	user     = "anna"
)

// browsing makes this program the user's browser: it writes down what it sees of
// the environment and agrees to everything.
const browsing = "CANARY_BROWSER"

func TestMain(m *testing.M) {
	if dump := os.Getenv(browsing); dump != "" {
		_ = os.WriteFile(dump, []byte(strings.Join(append(os.Environ(), ""), "\n")), 0o600)
		if r, err := http.Get(os.Args[len(os.Args)-1]); err == nil {
			r.Body.Close()
		}
		return
	}
	proof.Main(m)
}

// way is one by which a secret gets in. SIDE in its arguments stands for source
// and dest, SIDE in its variables for SOURCE and DEST.
type way struct {
	name   string
	args   []string
	env    []string
	files  map[string]string // in the folder private
	config string            // of an account, in the place of arguments
	token  bool              // it is one
	login  []string          // arguments of a login that comes before
}

// dumping is a command that prints the secret, and writes down what other
// programs get to see.
const dumping = `env >> environ; tr '\0' ' ' < /proc/$PPID/cmdline >> argv; cat private/secret`

// ending is what runs at the end of a copy, and writes down the same.
const ending = `env > ending; tr '\0' ' ' < /proc/$PPID/cmdline > ending-argv; cat > ending-summary`

func ways() []way {
	noise := []string{"MAILHAUL_SOURCE_PASSWORD_9=" + password, "MAILHAUL_CLIENT_SECRET=" + password, "MAILHAUL_DEST_TOKEN_7=" + token}
	return []way{
		{name: "variable", env: []string{"MAILHAUL_SIDE_PASSWORD=" + password}},
		{name: "command", args: []string{"--SIDE-password-command", dumping}, files: map[string]string{"secret": password}, env: noise},
		{name: "file", args: []string{"--SIDE-password-file", "private/secret"}, files: map[string]string{"secret": password}},
		{name: "config, by a variable", config: `password = { env = "CANARY" }`, env: []string{"CANARY=" + password}},
		{name: "config, by a command", config: `password = { command = "` + strings.ReplaceAll(dumping, `\`, `\\`) + `" }`, files: map[string]string{"secret": password}, env: noise},
		{name: "admin", args: []string{"--SIDE-admin", "boss"}, env: []string{"MAILHAUL_SIDE_PASSWORD=" + password}},
		{name: "token in a variable", token: true, env: []string{"MAILHAUL_SIDE_TOKEN=" + token}},
		{name: "token by a command", token: true, args: []string{"--SIDE-token-command", dumping}, files: map[string]string{"secret": token}, env: noise},
		{name: "application", token: true, args: []string{"--SIDE-app", "private/app.json"},
			files: map[string]string{"app.json": `{"tenant":"t","client_id":"client-1","client_secret":"` + token + `","token_uri":"PROVIDER/token"}`}},
		{name: "login by the browser", token: true, login: []string{"--auth-url", "PROVIDER/authorize", "--token-url", "PROVIDER/token", "--client-id", "client-1"},
			env: []string{"MAILHAUL_CLIENT_SECRET=" + token, noise[0], noise[2]}},
		{name: "login by a code", token: true, login: []string{"--device-url", "PROVIDER/device", "--token-url", "PROVIDER/token", "--client-id", "client-1"},
			env: []string{"MAILHAUL_CLIENT_SECRET=" + token}},
		{name: "password of a proxy", env: []string{"MAILHAUL_SIDE_PASSWORD=" + password, "MAILHAUL_PROXY=http://anna:" + url.QueryEscape(token) + "@PROXY"}},
	}
}

// The canary goes in by every way, and comes out nowhere.
func TestCanary(t *testing.T) {
	proof.Program(t)
	both := []string{"source", "dest"}
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			g := newStage(t, w)
			from, to := g.ends()
			ends := []string{from, to}
			if w.config != "" {
				ends = nil
			}
			for _, end := range []string{from, to} {
				if w.login == nil {
					break
				}
				args := append([]string{"login"}, w.login...)
				for i := range args {
					args[i] = g.words.Replace(args[i])
				}
				if got := g.run(args, nil, end); got.Exit != 0 {
					t.Fatalf("login: exit %d: %s", got.Exit, got.Stderr)
				}
			}
			command, job := []string{"copy", "-vv", "--json", "--log-file", "log", "--on-done", ending}, []string(nil)
			if w.config != "" {
				command[0], job = "run", []string{"--job", "move"}
			}
			if got := g.run(command, both, ends...); got.Exit != 0 || !strings.Contains(got.Stdout, `"copied":3`) {
				t.Fatalf("exit %d: %s", got.Exit, got.Stderr)
			}
			g.hidden("ending")
			g.afterwards(job, ends)
			if w.config == "" {
				g.run([]string{"check", "-vv"}, both[:1], from)
				g.atEcho(both)
			}
			if strings.Contains(w.name, "command") {
				g.hidden("environ")
			}
			if strings.Contains(w.name, "browser") {
				g.hidden("browser-environ")
			}
		})
	}
}

// atEcho tries the way at a server that repeats what it is sent, by each mechanism.
func (g *stage) atEcho(both []string) {
	mechanisms := []string{"plain", "login", "cram-md5", "scram-sha-256"}
	if g.way.token {
		mechanisms = []string{"xoauth2", "oauthbearer"}
	}
	if slices.Contains(g.way.args, "--SIDE-admin") {
		mechanisms = mechanisms[:1]
	}
	for _, m := range mechanisms {
		end := endpoint(echo(g.t))
		if got := g.run([]string{"check", "-vv", "--source-auth", m}, both[:1], end); got.Exit == 0 {
			g.t.Errorf("%s: got in at the echo: %s", m, got.Stdout)
		}
		g.run([]string{"copy", "-vv", "--json", "--tries", "1", "--log-file", "log-" + m, "--source-auth", m}, both, end, endpoint(g.to.Addr))
	}
}
