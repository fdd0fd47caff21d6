package main

import (
	"io"
	"mime"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// decodeHeader makes a raw header text readable: RFC 2047. What it cannot
// decode stays as it is; of a text that was cut ([transfer.Letter]), the word that
// it was cut in is left out.
func decodeHeader(raw string) string {
	if at := cutWord().FindStringIndex(raw); at != nil && at[0] > 0 && len(raw) >= cutLength {
		raw = strings.TrimRight(raw[:at[0]], " \t\r\n")
	}
	d := mime.WordDecoder{CharsetReader: readCharset}
	text, err := d.DecodeHeader(raw)
	if err != nil {
		return raw
	}
	return text
}

// cutLength is how long a text is that was cut.
const cutLength = 200

// cutWord is the beginning of an encoded word at the end of a text.
var cutWord = pattern(`=\?[\w-]+(\?([bBqQ](\?[^?\s]*\??)?)?)?$`)

// readCharset knows what package mime does not.
func readCharset(charset string, text io.Reader) (io.Reader, error) {
	e, err := htmlindex.Get(charset)
	if err != nil {
		return nil, err
	}
	return e.NewDecoder().Reader(text), nil
}
