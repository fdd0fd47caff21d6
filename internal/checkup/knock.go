// Package checkup looks at a mail server from outside, without a password: what
// everybody sees who knocks.
//
//  1. [Resolve] asks for the addresses of the host.
//  2. [Reach] connects to each of them.
//  3. [Knock] secures the connection as the endpoint demands, and reads the
//     greeting and what the server offers before anybody signs in.
//
// Signing in is for others.
package checkup

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// patience is how long one step may take.
const patience = 15 * time.Second

// Names is what is asked of the DNS; a [net.Resolver] is one.
type Names interface {
	LookupHost(ctx context.Context, host string) ([]string, error)
}

// Resolve gives the host's addresses, IPv4 first. An address is its own.
func Resolve(ctx context.Context, names Names, host string) ([]string, error) {
	if _, err := netip.ParseAddr(host); err == nil {
		return []string{host}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	addrs, err := names.LookupHost(ctx, host)
	slices.SortStableFunc(addrs, func(a, b string) int { return strings.Count(a, ":") - strings.Count(b, ":") })
	return addrs, err
}

// Reached is how one address answered.
type Reached struct {
	Addr string
	Took time.Duration
	Err  error
}

// Reach connects to each address and hangs up.
func Reach(ctx context.Context, a dial.Access, addrs []string) (all []Reached) {
	open := a.Dial
	if open == nil {
		open = (&net.Dialer{}).DialContext
	}
	port := a.Port
	if port == 0 {
		port = dial.DefaultPort(a.Scheme)
	}
	for _, addr := range addrs {
		began := time.Now()
		short, cancel := context.WithTimeout(ctx, patience)
		conn, err := open(short, "tcp", net.JoinHostPort(addr, strconv.Itoa(port)))
		cancel()
		if err == nil {
			err = conn.Close()
		}
		all = append(all, Reached{addr, time.Since(began), err})
	}
	return all
}

// Front is what a server shows before anybody signs in.
type Front struct {
	Greeting string
	// TLS is how the connection is secured, nil if it is not.
	TLS *tls.ConnectionState
	// Offers are the capabilities, upper case, IMAP's one each and POP3's one a
	// line. After the sign-in there may be others.
	Offers []string
}

// Has reports whether the server offers it, POP3's by the first word.
func (f *Front) Has(name string) bool {
	return slices.ContainsFunc(f.Offers, func(o string) bool { return o == name || strings.HasPrefix(o, name+" ") })
}

// Value is what stands behind name and sep: of "AUTH=PLAIN" or "SASL PLAIN".
func (f *Front) Value(name, sep string) (all []string) {
	for _, o := range f.Offers {
		if rest, ok := strings.CutPrefix(o, name+sep); ok {
			all = append(all, strings.Fields(rest)...)
		}
	}
	return all
}

// Knock connects, secures the connection as the endpoint demands, and asks what
// is offered. An error comes with what was seen until then; it is a [dial.Error]
// where the connection is at fault.
func Knock(ctx context.Context, a dial.Access) (*Front, error) {
	front := &Front{}
	a.Password = nil
	conn, err := dial.Open(ctx, a)
	if err != nil {
		return front, err
	}
	defer conn.Close()
	defer conn.Watch(ctx)()
	k := knocker{conn: conn, front: front, pop: strings.HasPrefix(a.Scheme, "pop3")}
	return front, k.look(ctx)
}

type knocker struct {
	conn  *dial.Conn
	front *Front
	pop   bool
	tags  int
}

func (k *knocker) look(ctx context.Context) error {
	k.front.TLS = k.conn.TLS()
	line, err := k.conn.ReadLine(0)
	if err != nil {
		return fmt.Errorf("reading the greeting: %w", err)
	}
	k.front.Greeting = string(line)
	if k.conn.Access().TLS == dial.StartTLS {
		if err := k.secure(ctx); err != nil {
			return err
		}
	}
	return k.ask()
}

// secure upgrades the connection.
func (k *knocker) secure(ctx context.Context) error {
	word := "STARTTLS"
	if k.pop {
		word = "STLS"
	}
	if _, err := k.say(word); err != nil {
		return err
	}
	if err := k.conn.StartTLS(ctx); err != nil {
		return err
	}
	k.front.TLS = k.conn.TLS()
	return nil
}

// ask asks what is offered. A POP3 server need not know CAPA.
func (k *knocker) ask() error {
	word := "CAPABILITY"
	if k.pop {
		word = "CAPA"
	}
	lines, err := k.say(word)
	if err != nil && !k.pop {
		return err
	}
	for _, line := range lines {
		line = strings.ToUpper(line)
		if rest, ok := strings.CutPrefix(line, "* CAPABILITY "); ok {
			k.front.Offers = strings.Fields(rest)
		} else if k.pop {
			k.front.Offers = append(k.front.Offers, line)
		}
	}
	return nil
}

// maxLines is how many lines of an answer are read.
const maxLines = 200

// say sends a command and reads all of its answer but the last line.
func (k *knocker) say(command string) ([]string, error) {
	k.tags++
	tag := fmt.Sprintf("k%d ", k.tags)
	if k.pop {
		tag = ""
	}
	if _, err := k.conn.Write([]byte(tag + command + "\r\n")); err != nil {
		return nil, err
	}
	var lines []string
	for range maxLines {
		text, err := k.conn.ReadLine(0)
		if err != nil {
			return nil, err
		}
		line := string(text)
		switch done, good := k.ends(command, tag, line, len(lines) == 0); {
		case done && good:
			return lines, nil
		case done:
			return nil, fmt.Errorf("the server refused %s: %q", command, strings.TrimPrefix(line, tag))
		case !k.pop || !strings.HasPrefix(line, "+"):
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return nil, errors.New("the server's answer to " + command + " has no end")
}

// ends reports whether a line ends the answer, and whether that is a yes.
func (k *knocker) ends(command, tag, line string, first bool) (done, good bool) {
	if !k.pop {
		rest, ours := strings.CutPrefix(line, tag)
		return ours, ours && strings.HasPrefix(strings.ToUpper(rest), "OK")
	}
	if first && strings.HasPrefix(line, "-ERR") {
		return true, false
	}
	if command == "CAPA" {
		return line == ".", true
	}
	return true, strings.HasPrefix(line, "+OK")
}
