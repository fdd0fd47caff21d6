package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/mailhaul/mailhaul/examples"
	"github.com/mailhaul/mailhaul/internal/dial"
)

// The account of the memory server. It is no secret: the server is gone when
// the demo ends, and listens on this machine only.
const (
	demoUser     = "you"
	demoPassword = "demo"
)

// memoryServer is an IMAP server that forgets everything.
type memoryServer struct {
	server   *imapserver.Server
	listener net.Listener
}

// startServer starts one on a free port of this machine.
func startServer() (*memoryServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on this machine: %w", err)
	}
	user := imapmemserver.NewUser(demoUser, demoPassword)
	if err := user.Create("INBOX", nil); err != nil {
		return nil, errors.Join(fmt.Errorf("making INBOX: %w", err), listener.Close())
	}
	memory := imapmemserver.New()
	memory.AddUser(user)
	m := &memoryServer{listener: listener, server: imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return keeper{memory.NewSession()}, nil, nil
		},
		Caps: imap.CapSet{
			imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapLiteralPlus: {},
			imap.CapESearch: {}, imap.CapChildren: {},
		},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0),
	})}
	go m.server.Serve(listener)
	return m, nil
}

// keeper is a session that tells which flags it keeps: the memory server keeps
// them all, but names only those in use.
type keeper struct{ imapserver.Session }

// Select opens a folder.
func (k keeper) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	data, err := k.Session.Select(name, options)
	if err == nil {
		data.PermanentFlags = []imap.Flag{
			imap.FlagSeen, imap.FlagAnswered, imap.FlagFlagged, imap.FlagDraft, imap.FlagDeleted, imap.FlagWildcard,
		}
	}
	return data, err
}

func (m *memoryServer) address() string { return m.listener.Addr().String() }

func (m *memoryServer) close() { m.server.Close() }

// access is how to get in.
func (m *memoryServer) access() dial.Access {
	port := m.listener.Addr().(*net.TCPAddr).Port
	return dial.Access{
		Endpoint: dial.Endpoint{Scheme: "imap", User: demoUser, Host: "127.0.0.1", Port: port, TLS: dial.None},
		Password: func(context.Context) (string, error) { return demoPassword, nil },
	}
}

// readBack tells what an account holds, by go-imap's client, which has no part
// in the copying.
func readBack(address, user, password string) (all []examples.Expected, err error) {
	c, err := imapclient.DialInsecure(address, nil)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Login(user, password).Wait(); err != nil {
		return nil, fmt.Errorf("signing in: %w", err)
	}
	boxes, err := c.List("", "*", nil).Collect()
	if err != nil {
		return nil, fmt.Errorf("listing folders: %w", err)
	}
	slices.SortFunc(boxes, func(a, b *imap.ListData) int { return strings.Compare(a.Mailbox, b.Mailbox) })
	for _, box := range boxes {
		if slices.Contains(box.Attrs, imap.MailboxAttrNoSelect) {
			continue
		}
		part, err := readFolder(c, box.Mailbox)
		if err != nil {
			return nil, fmt.Errorf("reading %q: %w", box.Mailbox, err)
		}
		all = append(all, part...)
	}
	return all, nil
}

func readFolder(c *imapclient.Client, name string) ([]examples.Expected, error) {
	selected, err := c.Select(name, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil || selected.NumMessages == 0 {
		return nil, err
	}
	whole := &imap.FetchItemBodySection{Peek: true}
	found, err := c.Fetch(imap.SeqSet{imap.SeqRange{Start: 1, Stop: 0}}, &imap.FetchOptions{
		Flags: true, BodySection: []*imap.FetchItemBodySection{whole},
	}).Collect()
	if err != nil {
		return nil, err
	}
	all := make([]examples.Expected, len(found))
	for i, m := range found {
		sum := sha256.Sum256(m.FindBodySection(whole))
		all[i] = examples.Expected{SHA256: hex.EncodeToString(sum[:]), Folder: name, Flags: flagText(m.Flags)}
	}
	return all, nil
}

func flagText(flags []imap.Flag) string {
	known := map[string]imap.Flag{}
	for _, f := range []imap.Flag{imap.FlagSeen, imap.FlagAnswered, imap.FlagFlagged, imap.FlagDraft, imap.FlagDeleted} {
		known[strings.ToLower(string(f))] = f
	}
	var texts []string
	for _, f := range flags {
		if canonical, ok := known[strings.ToLower(string(f))]; ok {
			f = canonical
		}
		texts = append(texts, string(f))
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}

// compare tells in words what is missing, what is too much and what differs:
// each message as often as it was sent off.
func compare(want, got []examples.Expected) []string {
	left := map[examples.Expected]int{}
	for _, m := range got {
		left[m]++
	}
	var texts []string
	for _, m := range want {
		if left[m] == 0 {
			texts = append(texts, "missing: "+m.Folder+" ["+m.Flags+"] "+m.SHA256[:12])
			continue
		}
		left[m]--
	}
	for m, n := range left {
		if n > 0 {
			texts = append(texts, fmt.Sprintf("too much: %s [%s] %s, %d times", m.Folder, m.Flags, m.SHA256[:12], n))
		}
	}
	slices.Sort(texts)
	return texts
}
