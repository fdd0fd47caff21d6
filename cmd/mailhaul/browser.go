package main

import (
	"context"
	"errors"
	"runtime"
	"strings"
)

// openBrowser opens an address in the user's browser: the one that $BROWSER
// names, else the desktop's. It does not wait for it.
func (w *world) openBrowser(_ context.Context, address string) error {
	name, args := w.browser()
	if name == "" {
		return errors.New("there is no desktop here")
	}
	// It outlives us: no context ends it.
	cmd := w.asker(true).Program(context.Background(), name, append(args, address)...)
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait()
	return nil
}

func (w *world) browser() (name string, args []string) {
	if said, _, _ := strings.Cut(w.env("BROWSER"), ":"); said != "" {
		return said, nil
	}
	switch runtime.GOOS {
	case "darwin":
		return "open", nil
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler"}
	}
	if w.env("DISPLAY") == "" && w.env("WAYLAND_DISPLAY") == "" {
		return "", nil
	}
	return "xdg-open", nil
}
