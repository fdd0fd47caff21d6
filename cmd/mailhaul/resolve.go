package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
)

// settle finds the servers of sides that are bare addresses, and takes what is
// known of the provider of each. The last side is the destination.
func settle(ctx context.Context, w *world, l layers, sides []side) error {
	if err := w.route(l); err != nil {
		return err
	}
	known, err := w.providers()
	if err != nil {
		return err
	}
	for i := range sides {
		s := &sides[i]
		if s.Dial == nil {
			s.Dial = w.net.dial
		}
		if s.Scheme == "" {
			if err := s.resolve(ctx, w, l, known, i < len(sides)-1 || len(sides) == 1); err != nil {
				return err
			}
		}
		s.provider = known.ByHost(s.Host)
		if p := s.provider; p != nil && s.connections == 0 {
			s.connections = p.Connections.Is
		}
	}
	return nil
}

// resolve finds the server of a bare address. Before a password can go to one
// that nobody vouches for, the user is asked.
func (s *side) resolve(ctx context.Context, w *world, l layers, known *provider.Known, reading bool) error {
	address, err := provider.ParseAddress(s.User)
	if err != nil {
		return usagef("", "%q: %w", Safe(s.User), err)
	}
	found, err := w.finder(known, s.Access).Find(ctx, address)
	if err != nil {
		return fmt.Errorf("looking for the server of %s: %w", address, err)
	}
	best, ok := found.Best(reading)
	if !ok {
		return nowhere(found, reading)
	}
	if best.Trust < provider.Vouched {
		if err := consent(ctx, w, l, address, best); err != nil {
			return err
		}
	}
	s.Endpoint = best.Endpoint
	if !l.wants("quiet") && !l.wants("json") {
		fmt.Fprintf(w.talk, "%s: %s, from %s\n", Safe(address.String()), Safe(best.Endpoint.String()), Safe(best.From))
	}
	return nil
}

// nowhere is the error for an address whose server nobody names.
func nowhere(found *provider.Found, reading bool) error {
	a := found.Address
	if !reading && len(found.Offers) > 0 {
		return usagef("mail goes to IMAP only; if there is an IMAP server, write imaps://"+a.String()+"@HOST",
			"%s has POP3 only, where mail can be fetched and not put", Safe(a.String()))
	}
	return usagef(fmt.Sprintf("your provider's help pages name the server: write imaps://%s@HOST or pop3s://%[1]s@HOST; mailhaul discover -v %[1]s shows what was asked", a),
		"no server of %s was found", Safe(a.String()))
}

// consent asks whether a password may go to a server that nobody vouches for.
func consent(ctx context.Context, w *world, l layers, a provider.Address, o provider.Offer) error {
	noInput, err := l.truth("no-input")
	if err != nil {
		return asUsage(err)
	}
	asker := w.asker(noInput)
	hint := "if that is your provider's server, name it: " + o.Endpoint.String()
	if !asker.CanAsk() {
		return usagef(hint, "%s: %s comes from %s; no password goes there unasked", Safe(a.String()), o.Host, Safe(o.From))
	}
	fmt.Fprintf(w.talk, "%s: %s comes from %s.\nNobody vouches for it. Is it your provider's server, may the password go there? [y/N] ",
		Safe(a.String()), o.Host, Safe(o.From))
	said, err := w.readLine(ctx)
	if err != nil {
		return err
	}
	if said = strings.ToLower(said); said != "y" && said != "yes" {
		return usagef(hint, "%s: not sent to %s", Safe(a.String()), o.Host)
	}
	return nil
}

// readLine reads what the user types. It is asked at a terminal only, whose read
// cannot be cut short: it is left behind when ctx ends, as the program ends then.
func (w *world) readLine(ctx context.Context) (string, error) {
	type answer struct {
		text string
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		text, err := bufio.NewReaderSize(onebyte{w.in}, 16).ReadString('\n')
		typed <- answer{strings.TrimSpace(text), err}
	}()
	select {
	case a := <-typed:
		if a.err != nil && a.text == "" {
			return "", usagef("", "nothing was answered")
		}
		return a.text, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// onebyte reads no further than it must: what comes after the line is for others.
type onebyte struct{ r io.Reader }

func (o onebyte) Read(p []byte) (int, error) { return o.r.Read(p[:1]) }

// readEndpoint reads what the user wrote. A bare address has no Scheme: [settle]
// finds its server.
func readEndpoint(text string) (dial.Endpoint, error) {
	e, err := dial.ParseEndpoint(text)
	switch {
	case errors.Is(err, dial.ErrBareAddress):
		return e, nil
	case errors.Is(err, dial.ErrPassword):
		return e, &usageError{err: err, hint: passwordAdvice}
	case err != nil && strings.HasSuffix(text, "@") && !strings.Contains(text, ":"):
		return e, usagef(addressAdvice(text, provider.ErrNoDomain), "%q: %w", Safe(text), provider.ErrNoDomain)
	case err != nil:
		return e, usagef("", "%q: %w", text, err)
	}
	if strings.ContainsFunc(e.Host, func(r rune) bool { return r > unicode.MaxASCII }) {
		if e.Host, err = provider.HostASCII(e.Host); err != nil {
			return e, usagef("", "%q: the host is no name that can be", text)
		}
	}
	return e, nil
}
