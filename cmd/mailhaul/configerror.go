package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// explainSyntax tells line and column.
func explainSyntax(err error) error {
	var d *toml.DecodeError
	if errors.As(err, &d) {
		line, column := d.Position()
		return fmt.Errorf("line %d, column %d: %s", line, column, strings.TrimPrefix(d.Error(), "toml: "))
	}
	return errors.Unwrap(err)
}

// The two sentences of mapstructure that a user sees when a file is wrong.
var (
	unknownKeys = pattern(`^'?(.*?)'? has invalid keys: (.*)$`)
	wrongKind   = pattern(`^'(.*?)' (?:expected type '(.*?)', got unconvertible type '(.*?)'|expected (?:a map or struct|.*?), got '?(.*?)'?)(?:, value.*)?$`)
)

// explainDecode puts mapstructure's sentences into the words of the file.
func explainDecode(err error) error {
	var told []error
	for _, one := range leaves(err) {
		text := one.Error()
		switch {
		case strings.Contains(text, "a password does not stand in the config"):
			told = append(told, errors.New(text[strings.Index(text, "a password does not"):]))
		case unknownKeys().MatchString(text):
			m := unknownKeys().FindStringSubmatch(text)
			told = append(told, fmt.Errorf("unknown key %s%s", quoteKeys(m[2]), place(m[1])))
		case wrongKind().MatchString(text):
			m := wrongKind().FindStringSubmatch(text)
			told = append(told, fmt.Errorf("%s must be %s, not %s", m[1], kindName(m[2]), kindName(m[3]+m[4])))
		default:
			told = append(told, one)
		}
	}
	return errors.Join(told...)
}

// leaves are the errors at the ends of the tree that errors.Join and %w made.
func leaves(err error) []error {
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		var all []error
		for _, one := range e.Unwrap() {
			all = append(all, leaves(one)...)
		}
		return all
	case interface{ WrappedErrors() []error }:
		var all []error
		for _, one := range e.WrappedErrors() {
			all = append(all, leaves(one)...)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), "decoding failed") {
		return leaves(inner)
	}
	return []error{err}
}

func quoteKeys(list string) string {
	keys := strings.Split(list, ", ")
	slices.Sort(keys)
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%q", k)
	}
	return strings.Join(keys, ", ")
}

func place(path string) string {
	if path == "" {
		return ""
	}
	return " in " + path
}

func kindName(kind string) string {
	switch {
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "string":
		return "a text in quotes"
	case kind == "bool":
		return "true or false"
	case strings.HasPrefix(kind, "[]"):
		return "a list"
	case strings.HasPrefix(kind, "map"):
		return "a table"
	case kind == "":
		return "of another kind"
	}
	return "a " + kind
}
