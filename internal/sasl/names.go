package sasl

import "slices"

// Known reports whether we speak a mechanism, named in upper case. One that a
// user asks for is never bound to the TLS channel under its plain name.
func Known(name string) bool {
	if slices.Contains([]string{"EXTERNAL", "OAUTHBEARER", "XOAUTH2", "CRAM-MD5", "PLAIN", "LOGIN"}, name) {
		return true
	}
	for _, h := range hashes {
		if name == h.name || name == h.name+"-PLUS" {
			return true
		}
	}
	return false
}
