package dial

import (
	"encoding/base64"
	"strings"
	"testing"
)

// FuzzSecrets: no form of a secret comes through, wherever it stands and however
// the line is cut; what is no secret stays.
func FuzzSecrets(f *testing.F) {
	f.Add("hunter22", "other", "a LOGIN ", " b", 20)
	f.Add(`se"cr\et`, "secret", "", "", 3)
	f.Add("aaa", "aa", "aaaa", "a", 1000)
	f.Fuzz(func(t *testing.T, one, two, before, after string, limit int) {
		if strings.Contains(one+two, "*") {
			return // a mask would look like it
		}
		var s secrets
		s.add(one)
		s.add(two)
		limit &= 0xfff
		for _, text := range []string{
			before + one + after, before + two + one + after, before + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(one),
			before + base64.StdEncoding.EncodeToString([]byte(one)) + after, before + after,
		} {
			got := s.hide(text, limit)
			for _, secret := range []string{one, two} {
				if secret != "" && strings.Contains(got, secret) {
					t.Errorf("%q of %q, %d bytes: got %q", secret, text, limit, got)
				}
			}
			if one == "" && two == "" && got != text[:min(limit, len(text))] {
				t.Errorf("%q without secrets: got %q", text, got)
			}
		}
		token := base64.StdEncoding.EncodeToString([]byte(before + "\x00" + one))
		if got := s.hide(token, len(token)); len(one) > 8 && got == token {
			t.Errorf("%q in %q comes through in base64: %q", one, before, got)
		}
	})
}
