// Package examples holds what one needs to try mailhaul: configs for the usual
// moves, and sample mail that "mailhaul demo" and the tests carry.
package examples

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed all:mail
var mail embed.FS

//go:embed *.toml
var configs embed.FS

// Mail is the sample mail: archive.mbox, an mbox file with a quoted "From "
// line, an 8-bit header, an attachment, a message without Message-ID and two
// with the same headers; and Maildir, a Maildir++ of five folders with flags.
func Mail() fs.FS {
	sub, err := fs.Sub(mail, "mail")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return sub
}

// Configs are the example configs: leave-pop3.toml and others.
func Configs() fs.FS { return configs }

// Expected is one message of the sample mail as it has to arrive.
type Expected struct {
	SHA256 string // of the message with CRLF line ends, in hex
	Folder string // levels joined by "/"
	Flags  string // sorted, joined by a blank
}

// All lists every message of the sample mail. The list was made when the mail
// was written, not by mailhaul.
func All() []Expected {
	text, err := mail.ReadFile("mail/expected.tsv")
	if err != nil {
		panic(err) // the file is embedded
	}
	var all []Expected
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		all = append(all, Expected{SHA256: f[0], Folder: f[1], Flags: f[2]})
	}
	return all
}
