package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// The two roles in the names of variables.
const (
	roleSource = "SOURCE"
	roleDest   = "DEST"
)

// network reports whether a server stands there, which wants a password.
func (s side) network() bool { return s.Host != "" }

// whose is the account whose password is shown, for people and for the keyring.
func (s side) whose() string {
	if s.Admin.User != "" {
		return s.Admin.User + "@" + doorOf(s.Endpoint)
	}
	return s.User + "@" + doorOf(s.Endpoint)
}

// doorOf is the server, with its port where that is not the usual one: behind it
// may be another server (a tunnel, a bridge), which must not get this one's secrets.
func doorOf(e dial.Endpoint) string {
	if e.Port == 0 || e.Port == dial.DefaultPort(e.Scheme) {
		return e.Host
	}
	return net.JoinHostPort(e.Host, strconv.Itoa(e.Port))
}

// atServer is the side of a server that is neither source nor destination.
const atServer transfer.Side = "server"

// at is the name of a side of the move.
func (s side) at(role string) transfer.Side {
	switch {
	case s.alone:
		return atServer
	case role == roleDest:
		return transfer.AtDest
	}
	return transfer.AtSource
}

// label is the account with its side, for people.
func (s side) label(role string) string {
	name := string(s.at(role)) + " "
	if s.alone {
		name = ""
	}
	if s.Admin.User != "" {
		return fmt.Sprintf("%s%s@%s, for %s", name, s.Admin.User, hostPort(s.Endpoint), s.User)
	}
	return fmt.Sprintf("%s%s@%s", name, s.User, hostPort(s.Endpoint))
}

// hostPort is the host, with the port where it is not the usual one.
func hostPort(e dial.Endpoint) string {
	if e.Port == 0 || e.Port == dial.DefaultPort(e.Scheme) {
		return e.Host
	}
	return net.JoinHostPort(e.Host, strconv.Itoa(e.Port))
}

// readWays reads where the flags say that passwords come from.
func readWays(l layers, sides []side) error {
	sources, dest := sides[:len(sides)-1], sides[len(sides)-1:]
	return errors.Join(flagWays(l, "source", sources), flagWays(l, "dest", dest))
}

// flagWays sets the way of each side from the flags, which may stand once for
// all or once for each.
func flagWays(l layers, which string, sides []side) error {
	commands, files := l.list(which+"-password-command"), l.list(which+"-password-file")
	said := make([]credential.Way, 0, len(commands)+len(files))
	for _, text := range commands {
		said = append(said, credential.Way{Command: text})
	}
	for _, text := range files {
		said = append(said, credential.Way{File: text})
	}
	switch {
	case len(said) == 0:
		return nil
	case len(commands) > 0 && len(files) > 0:
		return usagef("", "--%s-password-command and --%[1]s-password-file exclude each other", which)
	case len(said) != 1 && len(said) != len(sides):
		return usagef("", "--%s-password-*: give it once for all, or once for each of the %d, in their order", which, len(sides))
	}
	for i := range sides {
		sides[i].flagWay = &said[min(i, len(said)-1)]
	}
	return nil
}

// passwordVariable is the variable that holds the password of a side, "" if
// none is set: MAILHAUL_SOURCE_PASSWORD_2 for the second source,
// MAILHAUL_SOURCE_PASSWORD for all.
func (w *world) passwordVariable(role string, n int) string {
	return w.secretVariable(role, n, "PASSWORD")
}

// secretVariable is the same for other secrets.
func (w *world) secretVariable(role string, n int, what string) string {
	all := "MAILHAUL_" + role + "_" + what
	for _, name := range []string{fmt.Sprintf("%s_%d", all, n), all} {
		if w.env(name) != "" {
			return name
		}
	}
	return ""
}

// asker gets passwords for a side of this haul.
func (h *haul) asker(w *world, role string) credential.Asker {
	a := w.asker(h.noInput)
	a.Advice = fmt.Sprintf("set MAILHAUL_%s_PASSWORD, or use --%s-password-command or --%[2]s-password-file", role, lower(role))
	return a
}

func lower(role string) string {
	if role == roleDest {
		return "dest"
	}
	return "source"
}
