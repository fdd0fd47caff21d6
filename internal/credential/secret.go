package credential

import (
	"fmt"
	"io"
	"log/slog"
)

const veil = "***"

// Secret is a password or a token that does not show itself: every way of
// printing, encoding or logging it gives ***. The zero value is no secret.
type Secret struct{ text string }

// New wraps a text.
func New(text string) Secret { return Secret{text} }

// Reveal gives the text, for whoever sends it to the server.
func (s Secret) Reveal() string { return s.text }

// Format answers every verb of fmt.
func (s Secret) Format(f fmt.State, verb rune) { io.WriteString(f, veil) }

func (s Secret) String() string { return veil }

// GoString answers %#v where Format is not asked.
func (s Secret) GoString() string { return veil }

// MarshalText answers encoders: JSON, TOML, XML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(veil), nil }

// LogValue answers log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(veil) }
