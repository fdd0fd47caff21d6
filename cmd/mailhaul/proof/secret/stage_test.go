package secret

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// stage is what a way is tried at.
type stage struct {
	t        *testing.T
	way      way
	home     string
	provider *mailtest.Provider
	from, to *imapserver.Server
	words    *strings.Replacer
	typed    string // on standard input
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
	g.configure()
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
	if !slices.Contains([]string{"status", "report", "completion", "__complete", "undo"}, command[0]) {
		args = append(args, "--no-input")
	}
	for _, side := range sides {
		for _, a := range g.way.args {
			args = append(args, strings.ReplaceAll(a, "SIDE", side))
		}
	}
	end := proof.Command{Args: append(args, ends...), Home: g.home, Env: g.env(), Typed: g.typed}.Run(g.t)
	g.look(strings.Join(command, " "), end)
	return end
}

func (g *stage) env() []string {
	me, _ := os.Executable()
	env := []string{"MAILHAUL_SOURCE_PASSWORD=", "MAILHAUL_DEST_PASSWORD=", "BROWSER=" + me, browsing + "=" + filepath.Join(g.home, "browser-environ"),
		"ELSEWHERE_PASSWORD=" + password, "ELSEWHERE_TOKEN=" + token,
		"all_proxy=socks5h://anna:" + token + "@127.0.0.1:9", "HTTPS_PROXY=http://" + token + "@127.0.0.1:9"}
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

// hidden wants a dump of another program's environment to be whole but for the
// secrets: a proxy is still told.
func (g *stage) hidden(dump string) {
	g.t.Helper()
	text, err := os.ReadFile(filepath.Join(g.home, dump))
	if err != nil || !strings.Contains(string(text), "HTTPS_PROXY=http://127.0.0.1:9\n") || !strings.Contains(string(text), "PATH=") {
		g.t.Errorf("%s: %v: it is no environment in which a proxy without its password is told: %s", dump, err, text)
	}
}

// configure writes a config file with an account that is no part of any move, whose
// secrets stand in the environment as well, and with the way's own account.
func (g *stage) configure() {
	from, to := g.ends()
	text := "version = 1\n[[account]]\nname = \"elsewhere\"\nendpoint = \"imaps://eve@imap.elsewhere.example\"\n" +
		"password = { env = \"ELSEWHERE_PASSWORD\" }\ntoken = { env = \"ELSEWHERE_TOKEN\" }\n"
	if g.way.config != "" {
		text += fmt.Sprintf("[[account]]\nname = \"a\"\nendpoint = %q\n%s\n[[account]]\nname = \"b\"\nendpoint = %q\n%s\n"+
			"[[job]]\nname = \"move\"\nfrom = [\"a\"]\nto = \"b\"\n", from, g.way.config, to, g.way.config)
	}
	dir := filepath.Join(g.home, "config", "mailhaul")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// ends are both sides of the move.
func (g *stage) ends() (from, to string) {
	if strings.Contains(g.way.name, "proxy") { // it leads to one server only
		return endpoint(g.from.Addr), "imap://other@" + g.from.Addr + "?tls=none"
	}
	return endpoint(g.from.Addr), endpoint(g.to.Addr)
}
