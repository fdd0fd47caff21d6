package secret

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
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
		_ = os.WriteFile(dump, []byte(strings.Join(os.Environ(), "\n")), 0o600)
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

// stage is what a way is tried at.
type stage struct {
	t        *testing.T
	way      way
	home     string
	provider *mailtest.Provider
	from, to *imapserver.Server
	words    *strings.Replacer
}

func newStage(t *testing.T, w way) *stage {
	g := &stage{t: t, way: w, home: t.TempDir(), provider: mailtest.NewProvider(t)}
	g.provider.User, g.provider.ClientSecret = user, token
	owner := func(said string) string {
		if said == token {
			return "*"
		}
		return g.provider.Owner(said)
	}
	o := imapserver.Options{Password: password, Capabilities: append(strings.Fields(imapserver.Modern), "AUTH=XOAUTH2")}
	if w.token {
		o.Owner = owner
	}
	g.from, g.to = imapserver.Start(t, o), imapserver.Start(t, o)
	g.from.Put(user, mailtest.Corpus(1, 3, mailtest.CorpusOptions{Small: true, Plain: true}))
	p := mailtest.NewForwardProxy(t, g.from.Addr)
	p.User, p.Password = "anna", token
	g.words = strings.NewReplacer("PROVIDER", g.provider.URL, "PROXY", p.Addr)
	if err := os.Mkdir(filepath.Join(g.home, "private"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range w.files {
		if err := os.WriteFile(filepath.Join(g.home, "private", name), []byte(g.words.Replace(text)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func endpoint(addr string) string { return "imap://" + user + "@" + addr + "?tls=none" }

// run runs a command with the way's arguments for the sides, and looks at what
// it says.
func (g *stage) run(command []string, sides []string, ends ...string) proof.End {
	g.t.Helper()
	args := slices.Clone(command)
	if command[0] != "status" && command[0] != "report" {
		args = append(args, "--no-input")
	}
	for _, side := range sides {
		for _, a := range g.way.args {
			args = append(args, strings.ReplaceAll(a, "SIDE", side))
		}
	}
	end := proof.Command{Args: append(args, ends...), Home: g.home, Env: g.env()}.Run(g.t)
	g.look(strings.Join(command, " "), end)
	return end
}

func (g *stage) env() []string {
	me, _ := os.Executable()
	env := []string{"MAILHAUL_SOURCE_PASSWORD=", "MAILHAUL_DEST_PASSWORD=", "BROWSER=" + me, browsing + "=" + filepath.Join(g.home, "browser-environ")}
	for _, pair := range g.way.env {
		for _, side := range []string{"SOURCE", "DEST"} {
			env = append(env, g.words.Replace(strings.ReplaceAll(pair, "SIDE", side)))
		}
	}
	return env
}

// look looks for all secrets that there are by now.
func (g *stage) look(what string, end proof.End) {
	g.t.Helper()
	secrets := append([]string{password, token}, g.provider.Secrets()...)
	scan(g.t, "stdout of "+what, end.Stdout, secrets)
	scan(g.t, "stderr of "+what, end.Stderr, secrets)
	scanFiles(g.t, g.home, secrets)
}

// The canary goes in by every way, and comes out nowhere.
func TestCanary(t *testing.T) {
	proof.Program(t)
	both := []string{"source", "dest"}
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			g := newStage(t, w)
			from, to := endpoint(g.from.Addr), endpoint(g.to.Addr)
			if strings.Contains(w.name, "proxy") { // it leads to one server only
				to = "imap://other@" + g.from.Addr + "?tls=none"
			}
			ends := []string{from, to}
			if w.config != "" {
				g.configure(from, to)
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
			command, plan := []string{"copy", "-vv", "--json", "--log-file", "log"}, []string{"plan", "--json"}
			if w.config != "" {
				command[0], plan = "run", append(plan, "--job", "move")
			}
			if got := g.run(command, both, ends...); got.Exit != 0 || !strings.Contains(got.Stdout, `"copied":3`) {
				t.Fatalf("exit %d: %s", got.Exit, got.Stderr)
			}
			g.run(plan, both, ends...)
			if w.config == "" {
				g.run([]string{"check", "-vv"}, both[:1], from)
				g.run([]string{"report"}, nil, ends...)
				g.atEcho(both)
			}
			g.run([]string{"status", "-v"}, nil)
			if strings.Contains(w.name, "command") && scanFiles(t, g.home, nil) < 4 {
				t.Error("the command has left no dump: nothing was looked at")
			}
		})
	}
}

// configure writes a config file.
func (g *stage) configure(from, to string) {
	text := fmt.Sprintf("version = 1\n[[account]]\nname = \"a\"\nendpoint = %q\n%s\n[[account]]\nname = \"b\"\nendpoint = %q\n%s\n"+
		"[[job]]\nname = \"move\"\nfrom = [\"a\"]\nto = \"b\"\n", from, g.way.config, to, g.way.config)
	dir := filepath.Join(g.home, "config", "mailhaul")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
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

// A program that is made to tell all its goroutines, as in a panic, does not
// tell the secret; nor do its arguments.
func TestCanaryInADump(t *testing.T) {
	for _, w := range []way{ways()[0], ways()[6]} {
		g := newStage(t, w)
		g.from.Break(imapserver.Fault{On: "LIST", Stall: true})
		cmd := proof.Command{Args: []string{"copy", "--no-input", "-vv", endpoint(g.from.Addr), endpoint(g.to.Addr)}, Home: g.home,
			Env: append(g.env(), "GOTRACEBACK=all")}.Prepare(t.Context(), t)
		var talk strings.Builder
		cmd.Stderr = &talk
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for limit := time.Now().Add(20 * time.Second); g.from.Count("LIST") == 0 && time.Now().Before(limit); {
			time.Sleep(5 * time.Millisecond)
		}
		argv, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
		if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if !strings.Contains(talk.String(), "goroutine ") {
			t.Fatalf("there is no dump: %s", talk.String())
		}
		g.look("dump", proof.End{Stderr: talk.String(), Stdout: string(argv)})
	}
}

// What is typed at the prompt is not shown, and kept where only its owner reads.
func TestCanaryAtThePrompt(t *testing.T) {
	g := newStage(t, way{})
	from := endpoint(g.from.Addr)
	cmd := proof.Command{Args: []string{"login", from}, Home: g.home, Env: g.env()}.Prepare(t.Context(), t)
	term := mailtest.AtTerminal(t, cmd)
	term.Wait("Password of anna@")
	term.Type(password)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, term.Shown())
	}
	term.Wait("It is kept in")
	g.look("the terminal", proof.End{Stdout: term.Shown()})
	if got := g.run([]string{"check", "-vv"}, nil, from); got.Exit != 0 {
		t.Errorf("what was kept does not let us in: %s", got.Stdout)
	}
	g.run([]string{"login", "--forget"}, nil, from)
	if got := g.run([]string{"check"}, nil, from); got.Exit != 4 {
		t.Errorf("got exit %d after it was forgotten, want 4", got.Exit)
	}
}
