package credential

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/term"
)

// CanAsk reports whether a person can be asked.
func (a Asker) CanAsk() bool {
	return !a.NoInput && a.Terminal != nil && term.IsTerminal(int(a.Terminal.Fd()))
}

// fromPrompt asks at the terminal, without echo.
func (a Asker) fromPrompt(ctx context.Context, whose string) (string, error) {
	if !a.CanAsk() {
		return "", ErrNoInput
	}
	fmt.Fprintf(a.Talk, "Password of %s: ", a.label(whose))
	defer fmt.Fprintln(a.Talk)
	return readQuietly(ctx, a.Terminal)
}

// readQuietly reads a line without echo. A read from a terminal cannot be cut
// short, so it stands in a goroutine of its own, which is left behind when ctx
// ends: the program is about to end too. The terminal gets its echo back.
func readQuietly(ctx context.Context, terminal *os.File) (string, error) {
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("asking at the terminal: %w", err)
	}
	type answer struct {
		text []byte
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		typed <- answer{text, err}
	}()
	select {
	case a := <-typed:
		if a.err != nil {
			return "", fmt.Errorf("reading from the terminal: %w", a.err)
		}
		return string(a.text), nil
	case <-ctx.Done():
		term.Restore(fd, before)
		return "", context.Cause(ctx)
	}
}
