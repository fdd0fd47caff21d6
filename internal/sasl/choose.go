package sasl

import "strings"

// family is what ways have in common that send the server the same thing: when
// one was refused, so will be the others.
type family int

const (
	certificate family = iota
	token
	bound // to the TLS channel
	challenge
	plain
)

// way is one way to sign in.
type way struct {
	name    string // of the mechanism, "" for the protocol's own command
	family  family
	binding Binding
}

// choose lists the ways that fit both sides, the strongest first.
func choose(l Login, o Offer, secret string) []way {
	all := fitting(l, o, secret)
	if l.Proven == nil {
		return all
	}
	known := l.Proven.Recall()
	for i, w := range all {
		if w.name == known && i > 0 && w.family == plain { // the stronger ones were refused before
			return all[i:]
		}
	}
	return all
}

func fitting(l Login, o Offer, secret string) (ways []way) {
	add := func(name string, f family, binding Binding) {
		offered, wanted := o.Has(name), name
		if name == "" {
			offered, wanted = o.Command, "LOGIN"
		}
		if offered && (l.Only == "" || strings.EqualFold(l.Only, wanted)) {
			ways = append(ways, way{name, f, binding})
		}
	}
	if l.Certificate {
		add("EXTERNAL", certificate, Binding{})
	}
	if l.Token != nil {
		add("OAUTHBEARER", token, Binding{})
		if l.As == "" {
			add("XOAUTH2", token, Binding{})
		}
		return ways
	}
	if l.Password == nil && (l.Certificate || l.Only == "EXTERNAL") {
		return ways
	}
	for _, h := range hashes {
		for _, b := range l.Bindings {
			add(h.name+"-PLUS", bound, b)
		}
	}
	for _, h := range hashes {
		add(h.name, challenge, Binding{})
	}
	if l.As == "" {
		add("CRAM-MD5", challenge, Binding{})
	}
	if l.Clear {
		addPlain(l, o, secret, add)
	}
	return ways
}

// addPlain adds the ways that send the password. PLAIN takes one turn if the
// response may go along, else the protocol's own command is as good and faster,
// unless it has trouble with what is not ASCII. Only PLAIN can open somebody
// else's mailbox.
func addPlain(l Login, o Offer, secret string, add func(string, family, Binding)) {
	if l.As != "" {
		add("PLAIN", plain, Binding{})
		return
	}
	names := []string{"PLAIN", "", "LOGIN"}
	switch {
	case l.Only != "":
		names = []string{"PLAIN", "LOGIN", ""}
	case o.Initial == 0 && o.Command && ascii(l.User+secret):
		names = []string{"", "PLAIN", "LOGIN"}
	}
	for _, name := range names {
		add(name, plain, Binding{})
	}
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// next is the way to try after way i was refused, len(ways) if there is none.
// A channel that does not match is tried with its other binding, and never
// without: somebody may be in the middle.
func next(ways []way, i int, no *Refused) int {
	from := ways[i].family
	for j := i + 1; j < len(ways); j++ {
		to := ways[j].family
		switch {
		case mismatch(no):
			if to == bound {
				return j
			}
		case no.Unknown, from != to && to == plain, from == certificate:
			return j
		}
	}
	return len(ways)
}

// mismatch reports whether the server says that the TLS channel is not the one
// that it sees, RFC 5802 section 7.
func mismatch(no *Refused) bool {
	words := strings.ToLower(no.Error())
	return strings.Contains(words, "channel-binding") || strings.Contains(words, "channel binding")
}
