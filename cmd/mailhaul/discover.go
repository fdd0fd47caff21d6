package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
)

// discoverOptions are what "mailhaul discover" was called with.
type discoverOptions struct {
	world *world
	flags *pflag.FlagSet
	arg   string // ADDRESS
}

const discoverLong = `Find the servers of a mail address, and tell where each answer comes from. No
password is asked for, and nobody is signed in.

In this order, as long as nobody vouches for a server:
  the providers that mailhaul knows, and your own (mailhaul help providers)
  autoconfig.DOMAIN and DOMAIN itself, over https; Mozilla's list of providers,
  which learns the domain, not the address; SRV records of the domain
  whoever takes the domain's mail (MX record)
  usual names: imap.DOMAIN, mail.DOMAIN, pop.DOMAIN

A server that was guessed or comes from an MX record gets no password before
you have agreed.`

func newDiscover(w *world) *cobra.Command {
	o := &discoverOptions{world: w}
	cmd := &cobra.Command{
		Use: "discover [flags] ADDRESS", Short: "Find the servers of a mail address", GroupID: "look",
		Long: discoverLong, Example: "  mailhaul discover anna@gmail.com\n  mailhaul discover -v anna@firm.example",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("as in: mailhaul discover anna@gmail.com", "there must be one ADDRESS")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.arg = cmd.Flags(), args[0]
			return runDiscover(cmd.Context(), o)
		},
	}
	routeFlags(cmd.Flags())
	cmd.Flags().Bool("json", false, "the answer as one line of JSON")
	cmd.Flags().CountP("verbose", "v", "also all that was asked")
	return cmd
}

func runDiscover(ctx context.Context, o *discoverOptions) error {
	l, err := o.world.layers(o.flags, nil)
	if err != nil {
		return err
	}
	asJSON, err := l.truth("json")
	if err != nil {
		return asUsage(err)
	}
	address, err := provider.ParseAddress(o.arg)
	if err != nil {
		return usagef(addressAdvice(o.arg, err), "%q: %w", Safe(o.arg), err)
	}
	if err := o.world.route(l); err != nil {
		return err
	}
	known, err := o.world.providers()
	if err != nil {
		return err
	}
	found, err := o.world.finder(known, dial.Access{}).Find(ctx, address)
	if err != nil {
		return fmt.Errorf("looking for the server of %s: %w", address, err)
	}
	var missing error
	if len(found.Offers) == 0 {
		missing = nothingFound(address)
	}
	if asJSON {
		writeLine(o.world.out, discoveredLine(found, exitCode(ctx, missing)))
	} else {
		tellFound(o.world.out, found, l.text("verbose") != "0" || missing != nil)
	}
	return missing
}

// addressAdvice is what to do about an address that is none. Who has only a user name
// knows the server, or has to ask for it.
func addressAdvice(text string, err error) string {
	if errors.Is(err, provider.ErrNoDomain) {
		name := strings.TrimSuffix(text, "@")
		return fmt.Sprintf("write the whole address, like %s@gmail.com; if the server knows you as %[1]s alone, name it: mailhaul check imaps://%[1]s@HOST", name)
	}
	return "write it like anna@gmail.com"
}

// notFound is the error for an address without servers.
type notFound struct{ address provider.Address }

func nothingFound(a provider.Address) error { return &notFound{a} }

func (e *notFound) Error() string { return fmt.Sprintf("no server of %s was found", e.address) }

// Hint is what to do about it.
func (e *notFound) Hint() string {
	return fmt.Sprintf("is the domain spelt right? Your provider's help pages name the server: use imaps://%s@HOST or pop3s://%[1]s@HOST", e.address)
}

// tellFound is what was found, for people.
func tellFound(w io.Writer, found *provider.Found, all bool) {
	if p := found.Provider; p != nil {
		fmt.Fprintf(w, "%s is at %s.\n\n", Safe(found.Address.String()), Safe(p.Name))
	} else if len(found.Offers) > 0 {
		fmt.Fprintf(w, "%s has mail at these servers.\n\n", Safe(found.Address.String()))
	}
	for _, o := range found.Offers {
		fmt.Fprintf(w, "  %s  %s  %s\n", protocol(o), Safe(o.Endpoint.String()), secured(o.Endpoint))
		fmt.Fprintf(w, "        %s\n", Safe(o.From))
		if o.LoginFrom != o.From && !strings.Contains(o.From, o.LoginFrom) {
			fmt.Fprintf(w, "        user name: %s\n", Safe(o.LoginFrom))
		}
		if o.Export {
			fmt.Fprintln(w, "        for fetching all mail; not as a destination")
		}
		if o.Trust < provider.Vouched {
			fmt.Fprintln(w, "        nobody vouches for it: you are asked before a password goes there")
		}
	}
	tellProvider(w, found.Provider)
	if all {
		fmt.Fprintln(w, "\nAsked:")
		for _, a := range found.Asked {
			fmt.Fprintf(w, "  %s: %s\n", Safe(a.Where), Safe(a.Answer))
		}
	}
}

func protocol(o provider.Offer) string {
	if strings.HasPrefix(o.Scheme, "imap") {
		return "IMAP"
	}
	return "POP3"
}

func secured(e dial.Endpoint) string {
	how := "TLS"
	if e.TLS == dial.StartTLS {
		how = "STARTTLS"
	}
	return fmt.Sprintf("(%s, port %d)", how, e.Port)
}

// tellProvider says what a mover should know of a provider, each with its origin.
func tellProvider(w io.Writer, p *provider.Provider) {
	if p == nil {
		return
	}
	gap := "\n"
	row := func(title, text, from string) {
		if from != "" && text != "" {
			fmt.Fprintf(w, gap+"  %-13s %s\n                (%s)\n", title, Safe(text), Safe(from))
			gap = ""
		}
	}
	row("sign in with", signInWords(p), p.Ways.From)
	row("switch on", p.SwitchOn.Is, p.SwitchOn.From)
	row("connections", fmt.Sprintf("up to %d", p.Connections.Is), p.Connections.From)
	row("a day", formatSize(p.DayDown.Is)+" may be fetched", p.DayDown.From)
	row("a day", formatSize(p.DayUp.Is)+" may be put", p.DayUp.From)
	row("messages", "up to "+formatSize(p.MessageSize.Is), p.MessageSize.From)
	row("note", p.Note.Is, p.Note.From)
}

// signInWords are the ways to sign in at a provider.
func signInWords(p *provider.Provider) string {
	var ways []string
	for _, way := range p.Ways.Is {
		switch {
		case way == provider.OAuth2:
			ways = append(ways, "OAuth2 (mailhaul login)")
		case way == provider.AppPassword && p.AppPassword.Is != "":
			ways = append(ways, "an app password, from "+p.AppPassword.Is)
		case way == provider.AppPassword:
			ways = append(ways, "an app password")
		default:
			ways = append(ways, "the password")
		}
	}
	return strings.Join(ways, ", or ")
}

// foundLine is the answer for programs.
type foundLine struct {
	Event    string      `json:"event"`
	Address  string      `json:"address"`
	Provider string      `json:"provider,omitempty"`
	Offers   []offerLine `json:"offers"`
	Asked    []askedLine `json:"asked"`
	Exit     int         `json:"exit"`
}

type offerLine struct {
	Endpoint  string `json:"endpoint"`
	From      string `json:"from"`
	LoginFrom string `json:"login_from"`
	Trust     string `json:"trust"`
	Export    bool   `json:"export,omitempty"`
}

type askedLine struct {
	Where  string `json:"where"`
	Answer string `json:"answer"`
}

func discoveredLine(found *provider.Found, code int) foundLine {
	line := foundLine{Event: "discovered", Address: found.Address.String(), Exit: code, Offers: []offerLine{}, Asked: []askedLine{}}
	if found.Provider != nil {
		line.Provider = found.Provider.Name
	}
	for _, o := range found.Offers {
		trust := map[provider.Trust]string{provider.Guessed: "guessed", provider.Derived: "derived", provider.Vouched: "vouched"}[o.Trust]
		line.Offers = append(line.Offers, offerLine{o.Endpoint.String(), o.From, o.LoginFrom, trust, o.Export})
	}
	for _, a := range found.Asked {
		line.Asked = append(line.Asked, askedLine(a))
	}
	return line
}
