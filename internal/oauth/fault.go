package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// Fault is why there is no token. Nothing in it is secret.
type Fault struct {
	Text, Advice string
	// Passing tells that a later try may do.
	Passing bool
	Err     error
}

func (e *Fault) Error() string { return e.Text }

// Unwrap gives the cause.
func (e *Fault) Unwrap() error { return e.Err }

// Hint is what the user can do.
func (e *Fault) Hint() string { return e.Advice }

// Permanent reports whether trying again is of no use.
func (e *Fault) Permanent() bool { return !e.Passing }

// SignInRefused reports the same: without a token nobody gets in.
func (e *Fault) SignInRefused() bool { return !e.Passing }

// explain makes a Fault of what the library answers. Its own texts hold bodies
// and addresses of requests, which may hold secrets: they are left out.
func explain(ctx context.Context, service, account string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var said *oauth2.RetrieveError
	var web *url.Error
	switch {
	case errors.As(err, &said):
		return refused(service, account, said)
	case errors.As(err, &web):
		return &Fault{Text: fmt.Sprintf("%s cannot be asked for an access token: %v", service, web.Err), Passing: true}
	case strings.HasPrefix(err.Error(), "oauth2: cannot fetch token"): // the library drops the cause
		return &Fault{Text: service + " cannot be asked for an access token now", Passing: true}
	}
	return &Fault{Text: service + " answered with what is no access token"}
}

// refused is what a provider says no with, RFC 6749 section 5.2 and RFC 8628
// section 3.5.
func refused(service, account string, said *oauth2.RetrieveError) *Fault {
	if said.ErrorCode == "" { // the library reads it in some kinds of requests only
		var body struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		_ = json.Unmarshal(said.Body, &body)
		said.ErrorCode, said.ErrorDescription = body.Error, body.Description
	}
	e := &Fault{Text: fmt.Sprintf("%s gives no access token: %s", service, words(said))}
	status := 0
	if said.Response != nil {
		status = said.Response.StatusCode
	}
	again := "sign in again: mailhaul login " + account
	switch said.ErrorCode {
	case "invalid_grant":
		e.Text = fmt.Sprintf("the sign-in of %s with %s is over: %s", account, service, words(said))
		e.Advice = again
		for _, s := range Services() {
			if s.Name == service {
				e.Advice = s.Over + "; " + again
			}
		}
	case "invalid_client", "unauthorized_client":
		e.Advice = "check the client id and its secret, and that the application may sign in this way (Microsoft: allow public client flows)"
	case "access_denied", "authorization_declined":
		e.Text = service + " was told not to let mailhaul in"
		e.Advice = "agree next time; a company's accounts may need its administrator to agree first"
	case "expired_token":
		e.Text = "the code was not typed in time"
		e.Advice = again
	case "invalid_scope", "consent_required", "interaction_required":
		e.Advice = "the application needs the right to read and write mail (IMAP, POP), and you or your administrator must have agreed; " + again
	case "temporarily_unavailable", "server_error", "slow_down":
		e.Passing = true
	case "":
		e.Passing = status >= 500 || status == http.StatusTooManyRequests
	}
	return e
}

// words are the provider's own: its code, and the first line of what it says.
func words(said *oauth2.RetrieveError) string {
	first, _, _ := strings.Cut(strings.ReplaceAll(said.ErrorDescription, "\r", "\n"), "\n")
	if len(first) > 300 {
		first = first[:300] + "..."
	}
	switch {
	case said.ErrorCode != "" && first != "":
		return fmt.Sprintf("%.80s (%s)", said.ErrorCode, first)
	case said.ErrorCode != "":
		return fmt.Sprintf("%.80s", said.ErrorCode)
	case said.Response != nil:
		return said.Response.Status
	}
	return "it does not say why"
}
