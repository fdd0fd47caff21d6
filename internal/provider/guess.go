package provider

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
)

func (f Finder) greeting() time.Duration {
	if f.Greeting == 0 {
		return 6 * time.Second
	}
	return f.Greeting
}

// usual are the names that servers have below the domain, in the order in which
// they are believed. STARTTLS is tried only where nothing speaks TLS at once.
var usual = [][]struct{ scheme, host string }{
	{{"imaps", "imap."}, {"imaps", "mail."}, {"pop3s", "pop."}, {"pop3s", "pop3."}, {"pop3s", "mail."}},
	{{"imap", "imap."}, {"imap", "mail."}, {"pop3", "pop."}, {"pop3", "mail."}},
}

// guess tries the usual names. No password is near: it only listens whether the
// right kind of server greets, with TLS behind a valid certificate.
func (f Finder) guess(ctx context.Context, found *Found) []answer {
	if len(found.Offers) > 0 {
		return nil
	}
	var all []answer
	for _, round := range usual {
		var questions []func(context.Context) answer
		for _, c := range round {
			questions = append(questions, func(ctx context.Context) answer {
				return f.try(ctx, c.scheme, c.host+found.Address.ASCII, found.Address)
			})
		}
		some := false
		for _, got := range together(ctx, questions) {
			some = some || len(got.offers) > 0
			all = append(all, got)
		}
		if some {
			break
		}
	}
	return all
}

// try connects to one server and reads its greeting.
func (f Finder) try(ctx context.Context, scheme, host string, a Address) answer {
	ctx, cancel := context.WithTimeout(ctx, f.greeting())
	defer cancel()
	o, why := offer(scheme, host, dial.DefaultPort(scheme), a.String())
	got := answer{Asked: Asked{Where: "try " + scheme + "://" + host, Answer: why}}
	if why != "" {
		return got
	}
	if err := f.greets(ctx, o.Endpoint); err != nil {
		got.Answer = err.Error()
		return got
	}
	got.Answer = "a server greets"
	o.From, o.LoginFrom = "a guess: a server greets there", "usual form"
	got.offers = []Offer{o}
	return got
}

// greets reports whether the right kind of server is there.
func (f Finder) greets(ctx context.Context, e dial.Endpoint) error {
	conn, err := dial.Open(ctx, dial.Access{Endpoint: e, Dial: f.Dial, CAs: f.CAs, Timeout: f.greeting(), Greeting: f.greeting()})
	if err != nil {
		return err
	}
	defer conn.Close()
	defer conn.Watch(ctx)()
	line, err := conn.ReadLine(1024)
	if err != nil {
		return err
	}
	want := "* OK"
	if strings.HasPrefix(e.Scheme, "pop3") {
		want = "+OK"
	}
	if !strings.HasPrefix(string(line), want) {
		return errors.New("another kind of server is there")
	}
	return nil
}
