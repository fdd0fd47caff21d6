package credential

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/term"
)

// CanAsk reports whether a person can be asked.
func (a Asker) CanAsk() bool {
	return !a.NoInput && a.Terminal != nil && term.IsTerminal(int(a.Terminal.Fd()))
}

// fromPrompt asks at the terminal, without echo: it is off before the question
// is shown, so that whoever types fast is not seen either.
func (a Asker) fromPrompt(ctx context.Context, whose string) (string, error) {
	if !a.CanAsk() {
		return "", ErrNoInput
	}
	what := a.what()
	question := fmt.Sprintf("%s of %s: ", strings.ToUpper(what[:1])+what[1:], a.label(whose))
	if a.Line != nil {
		fmt.Fprint(a.Talk, question)
		defer fmt.Fprintln(a.Talk)
		return a.Line(ctx)
	}
	fd := int(a.Terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("asking at the terminal: %w", err)
	}
	defer term.Restore(fd, before)
	if err := hush(fd); err != nil {
		return "", fmt.Errorf("asking at the terminal: %w", err)
	}
	fmt.Fprint(a.Talk, question)
	defer fmt.Fprintln(a.Talk)
	return readQuietly(ctx, fd)
}

// readQuietly reads a line without echo. A read from a terminal cannot be cut
// short, so it stands in a goroutine of its own, which is left behind when ctx
// ends: the program is about to end too.
func readQuietly(ctx context.Context, fd int) (string, error) {
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
		return "", context.Cause(ctx)
	}
}
