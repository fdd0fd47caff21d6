package maildir

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeName is one level of a folder's name as people read it. Dovecot and
// Courier write modified UTF-7, others UTF-8; what is neither is Latin-1.
func decodeName(s string) string {
	if d, ok := decodeUTF7(s); ok {
		return d
	}
	if utf8.ValidString(s) {
		return s
	}
	rs := make([]rune, 0, len(s))
	for _, b := range []byte(s) {
		rs = append(rs, rune(b))
	}
	return string(rs)
}

// modified is the base64 of RFC 3501, section 5.1.3.
var modified = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").
	WithPadding(base64.NoPadding).Strict()

// decodeUTF7 decodes modified UTF-7, RFC 3501, section 5.1.3. It is strict: a
// name that an encoder would have written otherwise is no modified UTF-7.
func decodeUTF7(s string) (string, bool) {
	var out strings.Builder
	shifted := false // the last thing was a shift: another one must not follow
	for len(s) > 0 {
		if c := s[0]; c != '&' {
			if c < ' ' || c > '~' {
				return "", false
			}
			out.WriteByte(c)
			s, shifted = s[1:], false
			continue
		}
		code, rest, ok := strings.Cut(s[1:], "-")
		if !ok {
			return "", false
		}
		s = rest
		if code == "" {
			out.WriteByte('&')
			shifted = false
			continue
		}
		text, ok := decodeShift(code)
		if !ok || shifted {
			return "", false
		}
		out.WriteString(text)
		shifted = true
	}
	return out.String(), true
}

// decodeShift decodes what stands between "&" and "-".
func decodeShift(code string) (string, bool) {
	p, err := modified.DecodeString(code)
	if err != nil || len(p) == 0 || len(p)%2 != 0 {
		return "", false
	}
	units := make([]uint16, 0, len(p)/2)
	for i := 0; i < len(p); i += 2 {
		units = append(units, uint16(p[i])<<8|uint16(p[i+1]))
	}
	rs := utf16.Decode(units)
	n := 0
	for _, r := range rs {
		if r >= ' ' && r <= '~' || r == 0 {
			return "", false
		}
		n += utf16.RuneLen(r)
	}
	text := string(rs)
	if n != len(units) || strings.ContainsRune(text, utf8.RuneError) {
		return "", false
	}
	return text, true
}
