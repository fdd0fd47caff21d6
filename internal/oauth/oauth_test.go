package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

func clientOf(p *mailtest.Provider) Client {
	return Client{ID: p.ClientID, Service: Service{
		Name: "Test", AuthURL: p.URL + "/authorize", TokenURL: p.URL + "/token", DeviceURL: p.URL + "/device",
		Scopes: []string{"mail"}, Local: "localhost",
	}}
}

// browser opens an address and goes where it is sent.
func browser(ctx context.Context, address string) error {
	r, err := http.Get(address)
	if err == nil {
		r.Body.Close()
	}
	return err
}

// nobody is at the keyboard.
func nobody() Person {
	return Person{Show: func(string) {}, Wrong: func(string) {}, Open: browser}
}

func TestBrowse(t *testing.T) {
	p := mailtest.NewProvider(t)
	g, err := clientOf(p).Browse(t.Context(), "anna@test", nobody())
	if err != nil {
		t.Fatal(err)
	}
	first, ok := g.First()
	if _, again := g.First(); !ok || again || p.Owner(first.Text) != p.User || first.Life.Seconds() != float64(p.Life) {
		t.Errorf("the first token is %q's and good for %v", p.Owner(first.Text), first.Life)
	}
	kept, err := Unpack(g.Pack())
	if err != nil {
		t.Fatal(err)
	}
	next, renewed, err := kept.Fetch(t.Context(), nil)
	if err != nil || renewed || p.Owner(next.Text) != p.User || next.Text == first.Text {
		t.Errorf("got %v, renewed %v, want another token", err, renewed)
	}
	p.Rotate = true
	before := kept.Refresh
	if _, renewed, err := kept.Fetch(t.Context(), nil); err != nil || !renewed || kept.Refresh == before {
		t.Errorf("got %v, renewed %v, want the newer grant", err, renewed)
	}
	if _, _, err := kept.Fetch(t.Context(), nil); err != nil {
		t.Errorf("the newer grant: %v", err)
	}
}

// What is not the answer to our question is refused, and the waiting goes on.
func TestBrowseAnswersItsOwnQuestionOnly(t *testing.T) {
	p := mailtest.NewProvider(t)
	person := nobody()
	person.Open = func(ctx context.Context, address string) error {
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		q := u.Query()
		back := strings.Replace(q.Get("redirect_uri"), "localhost", "127.0.0.1", 1)
		for _, forged := range []struct{ address, host string }{
			{back + "/?code=stolen", ""},
			{back + "/?code=stolen&state=guessed", ""},
			{back + "/?state=" + q.Get("state"), ""},
			{back + "/?error=access_denied", ""},
			{back + "/?code=stolen&state=" + q.Get("state"), "evil.example"},
		} {
			r, _ := http.NewRequestWithContext(ctx, http.MethodGet, forged.address, nil)
			r.Host = forged.host
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				return err
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusBadRequest {
				t.Errorf("%s (%s): got %s, want it refused", forged.address, forged.host, answer.Status)
			}
		}
		return browser(ctx, address)
	}
	if _, err := clientOf(p).Browse(t.Context(), "anna@test", person); err != nil {
		t.Errorf("got %v, want the true answer taken", err)
	}
}

// Without a browser here the address is shown, and the answer pasted.
func TestBrowsePasted(t *testing.T) {
	p := mailtest.NewProvider(t)
	var shown string
	var wrong []string
	pasted := []string{"nonsense", "http://localhost/?code=x&state=y"}
	person := Person{
		Show:  func(address string) { shown = address },
		Wrong: func(why string) { wrong = append(wrong, why) },
		Paste: func(ctx context.Context) (string, error) {
			if len(pasted) > 0 {
				text := pasted[0]
				pasted = pasted[1:]
				return text, nil
			}
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			r, err := client.Get(shown)
			if err != nil {
				return "", err
			}
			defer r.Body.Close()
			return r.Header.Get("Location") + "\n", nil
		},
	}
	g, err := clientOf(p).Browse(t.Context(), "anna@test", person)
	if err != nil || g.Refresh == "" || len(wrong) != 2 {
		t.Errorf("got %v, told %q, want to be let in after two wrong answers", err, wrong)
	}
}

func TestBrowseDenied(t *testing.T) {
	p := mailtest.NewProvider(t)
	p.Deny = "access_denied"
	_, err := clientOf(p).Browse(t.Context(), "anna@test", nobody())
	var f *Fault
	if !errors.As(err, &f) || !strings.Contains(f.Text, "was told not to let mailhaul in") || !f.SignInRefused() {
		t.Errorf("got %v", err)
	}
}

func TestDevice(t *testing.T) {
	p := mailtest.NewProvider(t)
	p.Pending = 1
	var shown string
	g, err := clientOf(p).Device(t.Context(), "anna@test", func(address, code string) { shown = address + " " + code })
	if err != nil || shown != p.URL+"/devicelogin ABCD-EFGH" {
		t.Fatalf("got %v, shown %q", err, shown)
	}
	if first, ok := g.First(); !ok || p.Owner(first.Text) != p.User {
		t.Errorf("got no good token")
	}
	p.Deny = "access_denied"
	if _, err := clientOf(p).Device(t.Context(), "anna@test", func(string, string) {}); err == nil || !strings.Contains(err.Error(), "told not to") {
		t.Errorf("got %v, want the user's no", err)
	}
}

func TestFaults(t *testing.T) {
	p := mailtest.NewProvider(t)
	good, err := clientOf(p).Browse(t.Context(), "anna@test", nobody())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name        string
		set         func(g *Grant)
		words, hint string
		passing     bool
	}{
		{"withdrawn, Google", func(g *Grant) { g.Service, g.Refresh = "Google", "canary-old" }, "is over: invalid_grant (AADSTS70000: the provider's words.)", "after 7 days", false},
		{"withdrawn, Microsoft", func(g *Grant) { g.Service, g.Refresh = "Microsoft", "canary-old" }, "is over", "90 days", false},
		{"another client", func(g *Grant) { g.ClientID = "x" }, "invalid_client", "client id", false},
		{"busy", func(*Grant) { p.Fails = 1 }, "503", "", true},
		{"not there", func(g *Grant) { g.TokenURL = "http://127.0.0.1:1/token" }, "cannot be asked", "", true},
		{"no TLS", func(g *Grant) { g.TokenURL = "http://login.example/token" }, "no https address", "", false},
		{"another page", func(g *Grant) { g.TokenURL = p.URL + "/authorize" }, "gives no access token", "", false},
	}
	for _, tc := range tests {
		g := good
		tc.set(&g)
		_, _, err := g.Fetch(t.Context(), nil)
		var f *Fault
		if !errors.As(err, &f) || !strings.Contains(f.Text, tc.words) || !strings.Contains(f.Advice, tc.hint) || f.Permanent() == tc.passing {
			t.Errorf("%s: got %v, hint %q", tc.name, err, hintOf(f))
		}
		if text := fmt.Sprintf("%v %+v %#v", err, err, f); strings.Contains(text, "canary") {
			t.Errorf("%s: the error holds a secret: %s", tc.name, text)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := good.Fetch(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func hintOf(f *Fault) string {
	if f == nil {
		return ""
	}
	return f.Advice
}

func TestApps(t *testing.T) {
	p := mailtest.NewProvider(t)
	p.ClientSecret = "canary-app"
	microsoft := fmt.Sprintf(`{"tenant":"t","client_id":%q,"client_secret":"canary-app","token_uri":%q}`, p.ClientID, p.URL+"/token")
	google := fmt.Sprintf(`{"type":"service_account","client_email":"robot@project","private_key":%q,"token_uri":%q}`, rsaKey(t), p.URL+"/token")
	for text, owner := range map[string]string{microsoft: "*", google: "anna@firm.example"} {
		a, err := ParseApp([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		token, err := a.Fetch(t.Context(), "anna@firm.example", nil)
		if err != nil || p.Owner(token.Text) != owner || token.Life.Minutes() < 50 {
			t.Errorf("got %v, a token of %q for %v, want one of %q", err, p.Owner(token.Text), token.Life, owner)
		}
		a.Fetch(t.Context(), "", nil)
		p.ClientSecret = "another"
		_, err = a.Fetch(t.Context(), "", nil)
		var f *Fault
		if !errors.As(err, &f) || f.Advice == "" || strings.Contains(fmt.Sprintf("%v %#v %v %+v", err, f, a, a), "canary") {
			t.Errorf("got %v, want a refusal with a hint and no secret", err)
		}
		p.ClientSecret = "canary-app"
	}
	for _, text := range []string{"", "{}", `{"type":"service_account","client_email":"x","private_key":"canary"}`,
		`{"tenant":"t","client_id":"c","client_secret":"canary","token_uri":"http://login.example/"}`} {
		if _, err := ParseApp([]byte(text)); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v, want it refused", text, err)
		}
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	const secret = "canary"
	for _, held := range []any{Grant{Refresh: secret, ClientSecret: secret}, &Grant{Refresh: secret}, Client{Secret: secret}, App{PrivateKey: secret}, Token{Text: secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if text := fmt.Sprintf(verb, held); strings.Contains(text, secret) || strings.Contains(text, "63616e617279") {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
}
