// Package dest is the table of places that mail goes to. Each row is a folder
// below: imap. Nothing registers itself: to add a destination, write its
// folder and add a row to [Open].
package dest

import (
	"fmt"

	"github.com/mailhaul/mailhaul/dest/imap"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// Access is an [Endpoint] with what is needed to get in.
type Access = dial.Access

// Endpoint is a place that holds mail.
type Endpoint = dial.Endpoint

// Parse reads an endpoint as users write it: imaps://user@host, imap://user@host.
func Parse(text string) (Endpoint, error) { return dial.ParseEndpoint(text) }

// Open answers the destination at a, for [transfer.Job.Dest]. It connects to
// nothing: that is done when the flow asks for a session. An unknown scheme is
// an error.
func Open(a Access) (transfer.To, error) {
	to := transfer.To{Name: a.Endpoint.String()}
	switch a.Scheme {
	case "imaps", "imap":
		account := imap.NewAccount(a)
		to.Open, to.Knock = account.New, account.Knock
	default:
		return to, fmt.Errorf("no mail goes to %q: there are imaps and imap", a.Scheme)
	}
	return to, nil
}
