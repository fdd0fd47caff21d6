package oauth

import (
	"fmt"
	"io"
	"log/slog"
)

// What holds a secret shows it in no verb and no log.

const veil = "***"

// Format answers every verb of fmt.
func (Grant) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, veil) }

// Format answers every verb of fmt.
func (App) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, veil) }

// Format answers every verb of fmt.
func (Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, veil) }

// Format answers every verb of fmt.
func (Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, veil) }

// LogValue answers log/slog.
func (Grant) LogValue() slog.Value { return slog.StringValue(veil) }

// LogValue answers log/slog.
func (App) LogValue() slog.Value { return slog.StringValue(veil) }

// LogValue answers log/slog.
func (Client) LogValue() slog.Value { return slog.StringValue(veil) }

// LogValue answers log/slog.
func (Token) LogValue() slog.Value { return slog.StringValue(veil) }
