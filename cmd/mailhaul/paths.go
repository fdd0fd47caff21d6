package main

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
)

// env answers a variable of the environment, "" if it is not set.
func (w *world) env(name string) string {
	for _, pair := range w.environ {
		if key, value, ok := strings.Cut(pair, "="); ok && key == name {
			return value
		}
	}
	return ""
}

// configPath is where the config file is: what the user said, else
// $XDG_CONFIG_HOME/mailhaul/config.toml, on Windows %AppData%.
func (w *world) configPath(said string) (string, error) {
	if said != "" {
		return said, nil
	}
	dir, err := w.home("AppData", "XDG_CONFIG_HOME", ".config")
	return filepath.Join(dir, "mailhaul", "config.toml"), err
}

// stateDir is where the checkpoints are: what the user said, else
// $XDG_STATE_HOME/mailhaul, on Windows %LocalAppData%.
func (w *world) stateDir(said string) (string, error) {
	if said != "" {
		return filepath.Abs(said)
	}
	dir, err := w.home("LocalAppData", "XDG_STATE_HOME", filepath.Join(".local", "state"))
	return filepath.Join(dir, "mailhaul"), err
}

// home is a base folder of the user. A relative XDG variable counts as unset,
// as its specification wants.
func (w *world) home(windows, xdg, below string) (string, error) {
	if runtime.GOOS == "windows" {
		if dir := w.env(windows); dir != "" {
			return dir, nil
		}
		return "", errors.New("%" + windows + "% is not set: say where with --config and --state-dir")
	}
	if dir := w.env(xdg); filepath.IsAbs(dir) {
		return dir, nil
	}
	if dir := w.env("HOME"); dir != "" {
		return filepath.Join(dir, below), nil
	}
	return "", errors.New("neither $" + xdg + " nor $HOME is set: say where with --config and --state-dir")
}
