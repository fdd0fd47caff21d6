package imapconn

// Resource is one limit of an account, RFC 9208: STORAGE counts units of 1024
// bytes, MESSAGE messages.
type Resource struct {
	Root, Name  string
	Used, Limit uint64
}

// maxResources is how many limits are kept; accounts have one or two.
const maxResources = 100

// Quota asks for the limits that hold for a folder; none where the server has no
// QUOTA.
func (c *Conn) Quota(box Name) (all []Resource, err error) {
	if !c.Caps.Has("QUOTA") && c.Caps.number("QUOTA") == 0 && !c.Caps.Has("QUOTA=RES-STORAGE") {
		return nil, nil
	}
	err = c.Wait(c.queue(func(r *reader, _ uint32, kind string, _ *Reply) (bool, error) {
		if kind != "QUOTA" {
			return kind == "QUOTAROOT", nil
		}
		some, err := r.quota()
		if all = append(all, some...); len(all) > maxResources {
			return true, tooMuch("more than %d quotas", maxResources)
		}
		return true, err
	}, "GETQUOTAROOT ", box))
	return all, err
}

// quota reads what follows QUOTA: the root's name, and a list of resources.
func (r *reader) quota() (all []Resource, err error) {
	root, _, err := r.str()
	if err != nil {
		return nil, err
	}
	name := string(root[:min(len(root), maxFlag)])
	if !r.eat('(') {
		return nil, nil
	}
	for b := r.peek(); b != 0 && b != ')' && len(all) <= maxResources; b = r.peek() {
		one := Resource{Root: name, Name: string(r.keyword())}
		var told [2]bool
		for i, into := range []*uint64{&one.Used, &one.Limit} {
			if *into, told[i], err = r.number(); err != nil {
				return all, err
			}
		}
		if told[0] && told[1] {
			all = append(all, one)
		}
	}
	return all, nil
}
