package sasl

import "github.com/mailhaul/mailhaul/internal/dial"

// For is the Login of a connection that is as secure as it will get. own is what
// the protocol's own command is called.
func For(conn *dial.Conn, own string) Login {
	a := conn.Access()
	l := Login{
		Host: a.Host, Account: a.Endpoint.String(), User: a.User,
		Password: a.Password, Token: a.Token,
		Certificate: a.Certificate != nil && conn.TLS() != nil,
		Clear:       true, // without TLS dial has asked the user
		Bindings:    bindingsOf(conn.TLS()),
		Only:        a.Auth,
		Hide:        conn.Secret,
		Own:         own,
		Took:        a.SignedIn,
	}
	if a.Proven != nil {
		l.Proven = a.Proven
	}
	switch a.Admin.Way {
	case dial.OnBehalf:
		l.User, l.As = a.Admin.User, a.User
	case dial.Master:
		l.User = a.User + dial.MasterSeparator + a.Admin.User
	case dial.ProxyAuth:
		l.User = a.Admin.User
	}
	return l
}
