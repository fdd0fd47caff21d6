package oauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// browseTime is how long the user may take in the browser.
const browseTime = 5 * time.Minute

// Person is how the user is spoken to.
type Person struct {
	// Show tells the address to open.
	Show func(address string)
	// Open opens it in the browser; nil leaves that to the user. Its error is no
	// harm: the address has been shown.
	Open func(ctx context.Context, address string) error
	// Paste asks for the address to which the browser was sent, for those whose
	// browser runs elsewhere; nil if nobody can be asked. It returns when ctx ends.
	Paste func(ctx context.Context) (string, error)
	// Wrong tells why a pasted address did not do.
	Wrong func(why string)
}

// Browse lets the user agree in the browser, and waits up to 5 minutes for it.
// Nobody but who was asked can answer: the answer bears our state, and its code
// is of use only together with what never left this process (PKCE).
func (c Client) Browse(ctx context.Context, account string, p Person) (Grant, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Grant{}, fmt.Errorf("opening a port for the browser's answer: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	config, err := c.config(fmt.Sprintf("http://%s:%d", c.Local, port))
	if err != nil {
		listener.Close()
		return Grant{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, browseTime, errNoAnswer)
	defer cancel()
	w := &waiting{state: rand.Text(), port: port, answers: make(chan answer, 1)}
	server := &http.Server{Handler: w, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	go server.Serve(listener)
	defer server.Close()

	verifier := oauth2.GenerateVerifier()
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("login_hint", account)}
	for name, value := range c.Extra {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	address := config.AuthCodeURL(w.state, options...)
	p.Show(address)
	if p.Open != nil {
		_ = p.Open(ctx, address)
	}
	code, err := w.wait(ctx, p)
	if err != nil {
		return Grant{}, c.declined(account, err)
	}
	t, err := config.Exchange(with(ctx, c.HTTP), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return Grant{}, explain(ctx, c.Name, account, err)
	}
	return c.grant(account, t)
}

var errNoAnswer = &Fault{Text: "nothing came from the browser within 5 minutes", Advice: "run the same command again; --no-browser lets you paste the answer"}

// declined tells what the provider said to the browser.
func (c Client) declined(account string, err error) error {
	var said *oauth2.RetrieveError
	if errors.As(err, &said) {
		return refused(c.Name, account, said)
	}
	return err
}

// waiting is for the browser's answer.
type waiting struct {
	state   string
	port    int
	answers chan answer
}

type answer struct {
	code string
	err  error
}

// wait takes the first good answer, from the browser or pasted.
func (w *waiting) wait(ctx context.Context, p Person) (string, error) {
	pasted := make(chan answer, 1)
	if p.Paste != nil {
		inner, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() {
			code, err := w.pasted(inner, p)
			pasted <- answer{code, err}
		}()
	}
	for {
		select {
		case a := <-w.answers:
			return a.code, a.err
		case a := <-pasted:
			return a.code, a.err
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// pasted asks until the address is one of ours.
func (w *waiting) pasted(ctx context.Context, p Person) (string, error) {
	for {
		text, err := p.Paste(ctx)
		if err != nil {
			return "", err
		}
		u, err := url.Parse(strings.TrimSpace(text))
		if err != nil || u.RawQuery == "" {
			p.Wrong("that is not the whole address; it begins with http:// and has code= and state= in it")
			continue
		}
		a, ok := w.read(u.Query())
		if ok {
			return a.code, a.err
		}
		p.Wrong("that is the answer to another question; open the address above once more")
	}
}

// read takes an answer apart; ok is false if it is not to our question.
func (w *waiting) read(values url.Values) (a answer, ok bool) {
	if subtle.ConstantTimeCompare([]byte(values.Get("state")), []byte(w.state)) != 1 {
		return a, false
	}
	if code := values.Get("error"); code != "" {
		return answer{err: &oauth2.RetrieveError{ErrorCode: code, ErrorDescription: values.Get("error_description")}}, true
	}
	a.code = values.Get("code")
	return a, a.code != ""
}

// ServeHTTP answers the browser. Others, and pages that only pretend to be us
// (DNS rebinding), get nowhere, and the waiting goes on.
func (w *waiting) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	host := r.Host
	ours := host == fmt.Sprintf("127.0.0.1:%d", w.port) || host == fmt.Sprintf("localhost:%d", w.port)
	a, ok := w.read(r.URL.Query())
	if !ours || !ok || r.Method != http.MethodGet {
		http.Error(out, "This is not the answer that mailhaul waits for.", http.StatusBadRequest)
		return
	}
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	out.Header().Set("Cache-Control", "no-store")
	text := "mailhaul has what it needs. You may close this window.\n"
	if a.err != nil {
		text = "mailhaul was not let in. You may close this window; the terminal tells more.\n"
	}
	_, _ = io.WriteString(out, text)
	if f, ok := out.(http.Flusher); ok {
		f.Flush()
	}
	select {
	case w.answers <- a:
	default: // there is one already
	}
}
