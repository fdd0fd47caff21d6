package credential

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// fromCommand runs the line in the shell and answers the first line of its
// output. The command talks to the user itself (a pinentry, a touch of a key),
// so it has the terminal; it does not get our other secrets. Its text is not
// repeated in errors: somebody may have written a secret into it.
func (a Asker) fromCommand(ctx context.Context, line string) (string, error) {
	c := a.Shell(ctx, line)
	c.Stderr = a.Talk
	c.WaitDelay = 2 * time.Second
	if !a.NoInput && a.Terminal != nil {
		c.Stdin = a.Terminal
	}
	out := &firstBytes{}
	c.Stdout = out
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.As(err, &exit):
		return "", fmt.Errorf("the %s command ended with exit status %d", a.what(), exit.ExitCode())
	case err != nil:
		return "", fmt.Errorf("running the %s command: %w", a.what(), err)
	}
	return firstLine(out.Bytes()), nil
}

// firstBytes keeps the start of what is written and takes the rest quietly, so
// that a talkative command neither blocks nor fills the memory.
type firstBytes struct{ bytes.Buffer }

func (b *firstBytes) Write(p []byte) (int, error) {
	if room := limit - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
