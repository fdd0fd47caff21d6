package main

import "mime"

// decodeHeader makes a raw header text readable: RFC 2047. What it cannot
// decode stays as it is.
func decodeHeader(raw string) string {
	text, err := new(mime.WordDecoder).DecodeHeader(raw)
	if err != nil {
		return raw
	}
	return text
}
