package mailtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Provider is an identity provider on 127.0.0.1 that speaks OAuth2: it sends the
// browser back at once as if the user had agreed, checks state, PKCE, client and
// redirect as real ones do, and knows every token that it gave out.
type Provider struct {
	URL string
	// ClientID and ClientSecret are those of the one application it knows; the
	// secret is asked for where it is not "".
	ClientID, ClientSecret string
	// User is who agrees.
	User string
	// Life of an access token in seconds, as it is told.
	Life int
	// Deny is the error that the user's no brings, "" is a yes.
	Deny string
	// Pending is how often a device is told to go on waiting.
	Pending int
	// Rotate replaces the refresh token with each use.
	Rotate bool
	// Fails is how many token requests from now on are answered with 503.
	Fails int

	mu     sync.Mutex
	n      int
	codes  map[string]url.Values // what was asked for with them
	grants map[string]string     // refresh token -> user
	tokens map[string]string     // access token -> user
	asked  []url.Values          // token requests
}

// NewProvider starts one, which ends with the test.
func NewProvider(t testing.TB) *Provider {
	t.Helper()
	p := &Provider{ClientID: "client-1", User: "anna", Life: 3600,
		codes: map[string]url.Values{}, grants: map[string]string{}, tokens: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /device", p.device)
	mux.HandleFunc("POST /token", p.token)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.Set(func(p *Provider) { p.URL = server.URL })
	return p
}

// Set changes what it is like, while it is asked by others.
func (p *Provider) Set(change func(*Provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// Owner is whose mailbox an access token opens, "" if it is none of ours.
func (p *Provider) Owner(token string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tokens[token]
}

// Expire makes all access tokens void; Revoke all grants, too.
func (p *Provider) Expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.tokens)
}

// Revoke makes all that was given out void.
func (p *Provider) Revoke() {
	p.Expire()
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.grants)
}

// Secrets are all that was given out: tokens, codes, grants.
func (p *Provider) Secrets() (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range []map[string]string{p.grants, p.tokens} {
		for text := range maps.Keys(one) {
			all = append(all, text)
		}
	}
	for code := range p.codes {
		all = append(all, code)
	}
	return all
}

// Asked are the requests for tokens so far.
func (p *Provider) Asked() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]url.Values(nil), p.asked...)
}

// next is a text that nobody guesses and that says what it is.
func (p *Provider) next(kind string) string {
	p.n++
	return fmt.Sprintf("canary-%s-%d-%x", kind, p.n, sha256.Sum256([]byte(p.URL+kind)))[:48]
}

func (p *Provider) authorize(out http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case err != nil || back.Hostname() != "127.0.0.1" && back.Hostname() != "localhost":
		http.Error(out, "redirect_uri is not registered", http.StatusBadRequest)
		return
	case q.Get("client_id") != p.ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("state") == "":
		http.Error(out, "invalid_request", http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": q["state"]}
	if p.Deny != "" {
		answer.Set("error", p.Deny)
	} else {
		code := p.next("code")
		p.codes[code] = q
		answer.Set("code", code)
	}
	back.Host = strings.Replace(back.Host, "localhost", "127.0.0.1", 1)
	back.RawQuery = answer.Encode()
	http.Redirect(out, r, back.String(), http.StatusFound)
}

func (p *Provider) device(out http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.FormValue("client_id") != p.ClientID {
		say(out, http.StatusBadRequest, map[string]any{"error": "invalid_client"})
		return
	}
	code := p.next("device")
	p.codes[code] = url.Values{}
	say(out, http.StatusOK, map[string]any{
		"device_code": code, "user_code": "ABCD-EFGH", "verification_uri": p.URL + "/devicelogin", "expires_in": 60, "interval": 1,
	})
}

func (p *Provider) token(out http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	p.mu.Lock()
	defer p.mu.Unlock()
	f := r.PostForm
	p.asked = append(p.asked, f)
	if p.Fails > 0 {
		p.Fails--
		http.Error(out, "busy", http.StatusServiceUnavailable)
		return
	}
	user, refusal := p.user(f)
	if refusal != "" {
		say(out, http.StatusBadRequest, map[string]any{"error": refusal, "error_description": "AADSTS70000: the provider's words.\r\nTrace ID: 1"})
		return
	}
	answer := map[string]any{"access_token": p.next("access"), "token_type": "Bearer", "expires_in": p.Life}
	p.tokens[answer["access_token"].(string)] = user
	if kind := f.Get("grant_type"); kind == "authorization_code" || strings.HasSuffix(kind, "device_code") || kind == "refresh_token" && p.Rotate {
		answer["refresh_token"] = p.next("refresh")
		delete(p.grants, f.Get("refresh_token"))
		p.grants[answer["refresh_token"].(string)] = user
	}
	say(out, http.StatusOK, answer)
}

// user is who gets a token for a request, or why nobody does.
func (p *Provider) user(f url.Values) (user, refusal string) {
	kind := f.Get("grant_type")
	if kind == "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		return subject(f.Get("assertion"))
	}
	if f.Get("client_id") != p.ClientID || f.Get("client_secret") != p.ClientSecret {
		return "", "invalid_client"
	}
	asked, known := p.codes[f.Get("code")+f.Get("device_code")]
	switch kind {
	case "client_credentials":
		return "*", ""
	case "refresh_token":
		if user = p.grants[f.Get("refresh_token")]; user == "" {
			return "", "invalid_grant"
		}
		return user, ""
	case "authorization_code":
		digest := sha256.Sum256([]byte(f.Get("code_verifier")))
		if !known || asked.Get("redirect_uri") != f.Get("redirect_uri") ||
			asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(digest[:]) {
			return "", "invalid_grant"
		}
		delete(p.codes, f.Get("code"))
	case "urn:ietf:params:oauth:grant-type:device_code":
		switch {
		case !known:
			return "", "invalid_grant"
		case p.Deny != "":
			return "", p.Deny
		case p.Pending > 0:
			p.Pending--
			return "", "authorization_pending"
		}
	default:
		return "", "unsupported_grant_type"
	}
	return p.User, ""
}

// subject is whom a service account speaks for. Its signature is not looked at.
func subject(assertion string) (user, refusal string) {
	parts := strings.Split(assertion, ".")
	var claims struct{ Sub string }
	if len(parts) == 3 {
		raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(raw, &claims)
	}
	if claims.Sub == "" {
		return "", "unauthorized_client"
	}
	return claims.Sub, ""
}

func say(out http.ResponseWriter, status int, answer map[string]any) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(status)
	_ = json.NewEncoder(out).Encode(answer)
}
