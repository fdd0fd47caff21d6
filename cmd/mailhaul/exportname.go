package main

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Names of exported files come from servers and mail. What these functions
// answer is a name on any file system, Windows' included, and never leads
// anywhere else.

// The most that a part of a name may take, in bytes. The whole stays below the
// 143 bytes that encrypted file systems allow, and below 255 elsewhere.
const (
	partLength    = 100
	subjectLength = 80
	idLength      = 20
	pathLength    = 1000
)

const mailEnding = ".eml"

// mailName is the file name of one message.
func mailName(date time.Time, subject, id string) string {
	day := "undated"
	if !date.IsZero() {
		day = date.Format(time.DateOnly)
	}
	text := "no subject"
	if decoded := decodeHeader(subject); strings.TrimSpace(decoded) != "" {
		text = filePart(decoded, subjectLength)
	}
	return day + "-" + text + "-" + idPart(id) + mailEnding
}

// another is a name beside one that is taken by other mail.
func another(name string, n int) string {
	return strings.TrimSuffix(name, mailEnding) + "-" + strconv.Itoa(n) + mailEnding
}

// idPart stands for an ID: short ones that no file system could take for
// another are left as they are.
func idPart(id string) string {
	if n := len(id); n > 0 && n <= idLength && strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz") == "" {
		return id
	}
	return mark(id, 8)
}

// mark tells texts apart that look the same as parts of a name.
func mark(text string, bytes int) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:bytes])
}

// folderPart is one level of a folder's name. One that had to be changed has a
// mark, so that no two become one.
func folderPart(name string) string {
	part := filePart(name, partLength)
	if part == name {
		return part
	}
	return part + "~" + mark(name, 4)
}

// filePart is text as a name of a file or a folder, of most bytes or a few more.
func filePart(text string, most int) string {
	text = norm.NFC.String(strings.ToValidUTF8(text, "_"))
	text = strings.Map(func(r rune) rune {
		if harmful(r) || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, text)
	text = trimPart(cutBytes(trimPart(text), most))
	switch {
	case text == "":
		return "_"
	case reserved(text):
		text = "_" + text
	}
	if strings.HasSuffix(strings.ToLower(text), mailEnding) {
		text += "_" // a folder must not stand where a message goes
	}
	return text
}

// trimPart takes off what Windows drops from the end of a name, and what hides
// a file elsewhere.
func trimPart(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return r == '.' || unicode.IsSpace(r) })
}

// cutBytes cuts a valid text to n bytes, between two characters.
func cutBytes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// reserved reports a name that is a device on Windows, with any ending.
func reserved(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	port, number := strings.TrimPrefix(base, "COM"), strings.TrimPrefix(base, "LPT")
	if port == base {
		port = number
	}
	return port != base && utf8.RuneCountInString(port) == 1 && strings.Contains("0123456789¹²³", port)
}

// places gives each source folder a folder of its own to export to, also where
// the file system takes upper and lower case for the same.
type places struct {
	several bool              // sources
	taken   map[string]string // whose a folded path is
}

// of is the place of a folder by its source and its [transfer.Folder.Key].
func (p *places) of(source, key string) string {
	var parts []string
	if p.several {
		parts = append(parts, folderPart(source))
	}
	for _, name := range strings.Split(key, "\x00") {
		parts = append(parts, folderPart(name))
	}
	path, whose := filepath.Join(parts...), source+"\x00"+key
	if len(path) > pathLength {
		path = filepath.Join(parts[0], "deep~"+mark(whose, 8))
	}
	if owner, taken := p.taken[fold(path)]; taken && owner != whose {
		path += "~" + mark(whose, 8)
	}
	if p.taken == nil {
		p.taken = map[string]string{}
	}
	p.taken[fold(path)] = whose
	return path
}

func fold(path string) string { return cases.Fold().String(norm.NFC.String(path)) }
