package imapserver

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
)

// base64Names is modified BASE64, RFC 3501 section 5.1.3.
var base64Names = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// wire is the name of the folder with that path.
func (s *Server) wire(path []string) string {
	if len(path) == 1 && path[0] == "INBOX" {
		return "INBOX"
	}
	parts := make([]string, len(path))
	for i, part := range path {
		parts[i] = encodeName(part)
	}
	return s.options.Prefix + strings.Join(parts, s.options.Delimiter)
}

// path is the other way round. What is no good name stays as it is.
func (s *Server) path(name string) []string {
	if name == "INBOX" {
		return []string{name}
	}
	parts := []string{strings.TrimPrefix(name, s.options.Prefix)}
	if s.options.Delimiter != "" {
		parts = strings.Split(parts[0], s.options.Delimiter)
	}
	for i, part := range parts {
		parts[i] = decodeName(part)
	}
	return parts
}

// encodeName writes modified UTF-7.
func encodeName(text string) string {
	var out strings.Builder
	var wide []uint16
	flush := func() {
		if len(wide) > 0 {
			raw := make([]byte, 0, 2*len(wide))
			for _, u := range wide {
				raw = append(raw, byte(u>>8), byte(u))
			}
			out.WriteString("&" + base64Names.EncodeToString(raw) + "-")
			wide = wide[:0]
		}
	}
	for _, r := range text {
		if r < ' ' || r > '~' {
			wide = utf16.AppendRune(wide, r)
			continue
		}
		flush()
		out.WriteRune(r)
		if r == '&' {
			out.WriteByte('-')
		}
	}
	flush()
	return out.String()
}

// decodeName reads it, and gives back as it is what is none.
func decodeName(name string) string {
	var out strings.Builder
	for rest := name; rest != ""; {
		plain, coded, more := strings.Cut(rest, "&")
		out.WriteString(plain)
		if !more {
			break
		}
		code, after, ended := strings.Cut(coded, "-")
		raw, err := base64Names.DecodeString(code)
		if !ended || err != nil || len(raw)%2 != 0 {
			return name
		}
		if code == "" {
			out.WriteByte('&')
		}
		wide := make([]uint16, len(raw)/2)
		for i := range wide {
			wide[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
		}
		out.WriteString(string(utf16.Decode(wide)))
		rest = after
	}
	return out.String()
}

// quote writes a string for the wire: quoted, or as a literal where that cannot
// hold it.
func quote(text string) string {
	if strings.ContainsAny(text, "\r\n\x00") {
		return literal(text)
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// matches reports whether a name fits a pattern of LIST.
func matches(pattern, name, delimiter string) bool {
	if pattern == "" {
		return name == ""
	}
	switch pattern[0] {
	case '*', '%':
		for i := 0; i <= len(name); i++ {
			if matches(pattern[1:], name[i:], delimiter) {
				return true
			}
			if pattern[0] == '%' && delimiter != "" && strings.HasPrefix(name[i:], delimiter) {
				return false
			}
		}
		return false
	}
	return name != "" && name[0] == pattern[0] && matches(pattern[1:], name[1:], delimiter)
}
