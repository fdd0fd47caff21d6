package imapconn

import "strings"

// namespace is one entry of NAMESPACE, RFC 2342.
type namespace struct{ prefix, delim string }

// takeNamespace reads NAMESPACE: personal, other users', shared.
func (l *listing) takeNamespace(r *reader, _ uint32, kind string, _ *Reply) (bool, error) {
	if kind != "NAMESPACE" {
		return false, nil
	}
	for i := range 3 {
		if !r.eat('(') {
			if err := r.skipValue(); err != nil { // NIL
				return true, err
			}
			continue
		}
		for r.eat('(') {
			ns, err := r.namespace()
			if err != nil {
				return true, err
			}
			if len(ns.prefix) > maxName || len(l.personal)+len(l.others) >= maxNamespaces {
				return true, tooMuch("more than %d namespaces, or longer ones than names can be", maxNamespaces)
			}
			if i == 0 {
				l.personal = append(l.personal, ns)
			} else {
				l.others = append(l.others, ns)
			}
		}
		r.eat(')')
	}
	return true, nil
}

func (r *reader) namespace() (namespace, error) {
	prefix, _, err := r.str()
	if err != nil {
		return namespace{}, err
	}
	ns := namespace{prefix: string(prefix)}
	delim, isNil, err := r.str()
	if err != nil {
		return namespace{}, err
	}
	if !isNil {
		ns.delim = string(delim)
	}
	for c := r.peek(); c != 0 && c != ')'; c = r.peek() { // extensions
		if err := r.skipValue(); err != nil {
			return namespace{}, err
		}
	}
	r.eat(')')
	return ns, nil
}

// foreign reports whether a name lies in another user's or a shared namespace:
// the longest prefix decides.
func (l *listing) foreign(wire string) bool {
	own, other := -1, -1
	for _, ns := range l.personal {
		own = max(own, ns.holds(wire))
	}
	for _, ns := range l.others {
		other = max(other, ns.holds(wire))
	}
	return other > own && other > 0
}

// holds is the length of the prefix if the name begins with it, else -1.
func (ns namespace) holds(wire string) int {
	if strings.HasPrefix(wire+ns.delim, ns.prefix) {
		return len(ns.prefix)
	}
	return -1
}
