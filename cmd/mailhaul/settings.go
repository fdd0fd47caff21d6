package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/mapping"
)

// What flags, variables and jobs say, checked: each reader tells what is wrong
// auto is the value of a setting that the program finds out by itself.
const auto = "auto"

// with it by the setting's name.

func readShow(l layers) (show, error) {
	s := show{progress: l.text("progress"), logFile: l.text("log-file"), logFormat: l.text("log-format"), onDone: l.text("on-done")}
	var errs [5]error
	s.json, errs[0] = l.truth("json")
	s.quiet, errs[1] = l.truth("quiet")
	if s.verbose, errs[2] = strconv.Atoi(l.text("verbose")); errs[2] != nil {
		errs[2] = fmt.Errorf("verbose must be a number, not %q", l.text("verbose"))
	}
	switch s.progress {
	case "auto", "bar", "plain", "none", "":
	default:
		errs[3] = fmt.Errorf("progress must be auto, bar, plain or none, not %q", s.progress)
	}
	switch s.logFormat {
	case "text", "json", "":
	default:
		errs[4] = fmt.Errorf("log-format must be text or json, not %q", s.logFormat)
	}
	return s, errors.Join(errs[:]...)
}

func readPace(l layers) (pace, error) {
	var p pace
	var errs [6]error
	if l.text("connections") != auto {
		p.connections, errs[0] = l.count("connections")
	}
	p.tries, errs[1] = l.count("tries")
	p.maxTransfer, errs[2] = l.size("max-transfer")
	p.newestFirst, errs[4] = l.truth("newest-first")
	p.compress, errs[5] = readCompression(l.text("compress"))
	if text := l.text("max-duration"); text != "" {
		if p.maxDuration, errs[3] = time.ParseDuration(text); errs[3] != nil || p.maxDuration <= 0 {
			errs[3] = fmt.Errorf("max-duration: %q is no time: write it like 90m or 8h", text)
		}
	}
	return p, errors.Join(errs[:]...)
}

func readCompression(text string) (dial.Compression, error) {
	switch text {
	case auto, "":
		return dial.CompressAuto, nil
	case "on":
		return dial.CompressOn, nil
	case "off":
		return dial.CompressOff, nil
	}
	return 0, fmt.Errorf("compress must be auto, on or off, not %q", text)
}

func readRules(l layers, j *jobConfig) (mapping.Rules, error) {
	r := mapping.Rules{Include: l.list("folder"), Exclude: l.list("exclude")}
	var errs [4]error
	r.Unify, errs[3] = l.truth("unify-keywords")
	r.Since, errs[0] = l.day("since")
	r.Before, errs[1] = l.day("before")
	r.MaxSize, errs[2] = l.size("max-size")
	for _, text := range l.list("map") {
		pair, err := mapping.ParsePair(text)
		if err != nil {
			return r, usagef("mailhaul help mapping", "map: %w", err)
		}
		r.Map = append(r.Map, pair)
	}
	if j != nil {
		for _, m := range j.Map {
			r.Map = append(r.Map, mapping.Pair{From: m.From, To: m.To})
		}
		for _, m := range j.Flags {
			r.Flags = append(r.Flags, mapping.FlagRule{From: m.From, To: m.To})
		}
	}
	return r, errors.Join(errs[:]...)
}

// truth reads a switch.
func (l layers) truth(name string) (bool, error) {
	switch text := l.text(name); text {
	case "true", "1":
		return true, nil
	case "false", "0", "":
		return false, nil
	default:
		return false, fmt.Errorf("%s must be true or false, not %q", name, text)
	}
}

// wants is truth where a wrong word is told elsewhere.
func (l layers) wants(name string) bool {
	yes, err := l.truth(name)
	return yes && err == nil
}

// count reads a number from 1 on.
func (l layers) count(name string) (int, error) {
	n, err := strconv.Atoi(l.text(name))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s must be a number from 1 on, not %q", name, l.text(name))
	}
	return n, nil
}

// size reads a size from 1 byte on; 0 is none.
func (l layers) size(name string) (int64, error) {
	text := l.text(name)
	if text == "" {
		return 0, nil
	}
	n, err := parseSize(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w", name, err)
	case n == 0:
		return 0, fmt.Errorf("%s must be more than 0", name)
	}
	return n, nil
}

func (l layers) day(name string) (time.Time, error) {
	text := l.text(name)
	if text == "" {
		return time.Time{}, nil
	}
	day, err := parseDay(text)
	if err != nil {
		return day, fmt.Errorf("%s: %w", name, err)
	}
	return day, nil
}
