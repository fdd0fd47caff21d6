package secret

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Where no browser is, the address is shown, and the one at which another
// machine's browser ends up is pasted.
func TestPastedAnswer(t *testing.T) {
	g := newStage(t, way{token: true, env: []string{"MAILHAUL_CLIENT_SECRET=" + token}})
	from := endpoint(g.from.Addr)
	cmd := proof.Command{Home: g.home, Env: g.env(), Args: []string{"login", "--no-browser", "--auth-url", g.provider.URL + "/authorize",
		"--token-url", g.provider.URL + "/token", "--client-id", g.provider.ClientID, from}}.Prepare(t.Context(), t)
	term := mailtest.AtTerminal(t, cmd)
	term.Wait("paste it here")
	shown := regexp.MustCompile(`http://\S+/authorize\S+`).FindString(term.Shown())
	elsewhere := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := elsewhere.Get(shown)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	term.Type("nonsense")
	term.Wait("that is not the whole address")
	term.Type(answer.Header.Get("Location"))
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, term.Shown())
	}
	term.Wait("It is kept in")
	g.look("the terminal", proof.End{Stdout: term.Shown()})
	if got := g.run([]string{"check"}, nil, from); got.Exit != 0 {
		t.Errorf("what was kept does not let us in: %s", got.Stdout)
	}
}
