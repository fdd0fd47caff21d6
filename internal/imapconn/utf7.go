package imapconn

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// mUTF7 is the alphabet of modified UTF-7, RFC 3501 section 5.1.3.
var mUTF7 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

var errUTF7 = errors.New("no modified UTF-7")

// encodeUTF7 writes a name in modified UTF-7. Invalid UTF-8 becomes U+FFFD.
func encodeUTF7(s string) string {
	var b strings.Builder
	var units []uint16
	flush := func() {
		if len(units) == 0 {
			return
		}
		raw := make([]byte, 0, 2*len(units))
		for _, u := range units {
			raw = append(raw, byte(u>>8), byte(u))
		}
		b.WriteByte('&')
		b.WriteString(mUTF7.EncodeToString(raw))
		b.WriteByte('-')
		units = units[:0]
	}
	for _, c := range s {
		if c < ' ' || c > '~' {
			units = utf16.AppendRune(units, c)
			continue
		}
		flush()
		b.WriteRune(c)
		if c == '&' {
			b.WriteByte('-')
		}
	}
	flush()
	return b.String()
}

// decodeUTF7 reads a name in modified UTF-7. Raw UTF-8 is let through.
func decodeUTF7(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", errUTF7
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "&")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		code, after, closed := strings.Cut(rest, "-")
		if !closed {
			return "", errUTF7
		}
		if code == "" {
			b.WriteByte('&')
		} else if err := decodeUnits(&b, code); err != nil {
			return "", err
		}
		s = after
	}
}

// decodeUnits reads the base64 of UTF-16 between "&" and "-".
func decodeUnits(b *strings.Builder, code string) error {
	raw, err := mUTF7.DecodeString(code)
	if err != nil || len(raw)%2 != 0 {
		return errUTF7
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	for _, c := range utf16.Decode(units) {
		if c == utf8.RuneError || c == 0 {
			return errUTF7
		}
		b.WriteRune(c)
	}
	return nil
}

// readable makes text for people of a name that is no modified UTF-7: as it
// is where it is UTF-8, else taken for Latin-1.
func readable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}
