package provider

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed presets.toml
var presets []byte

// Known is the table of providers that are known.
type Known struct{ providers []*Provider }

// Presets are the providers that mailhaul knows by itself. It panics when they
// cannot be read, which a test would have told.
func Presets() *Known {
	k := &Known{}
	if err := k.add(presets, ""); err != nil {
		panic("presets.toml: " + err.Error())
	}
	return k
}

// Override lays the user's own file over the table: providers of a known name
// get the values that it tells, others are added in front. name is the file, for
// people.
func (k *Known) Override(text []byte, name string) error {
	if err := k.add(text, name); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// source is where values come from.
type source struct {
	Key  string `toml:"key"`
	Text string `toml:"text"`
	Date string `toml:"date"`
}

// add reads a file of providers. Values without an origin have it from file.
func (k *Known) add(text []byte, file string) error {
	var table struct {
		Source   []source         `toml:"source"`
		Provider []map[string]any `toml:"provider"`
	}
	if err := decode(text, &table); err != nil {
		return err
	}
	origins := map[string]string{}
	for _, s := range table.Source {
		origins[s.Key] = s.Text + ", " + s.Date
	}
	for _, row := range table.Provider {
		name, _ := row["name"].(string)
		if name == "" {
			return errors.New("a [[provider]] has no name")
		}
		if err := traceBack(row, origins, file); err != nil {
			return fmt.Errorf("provider %q: %w", name, err)
		}
		if err := k.put(name, row, file != ""); err != nil {
			return fmt.Errorf("provider %q: %w", name, err)
		}
	}
	return nil
}

// traceBack writes the origin in full into each value of a row.
func traceBack(row map[string]any, origins map[string]string, file string) error {
	for key, value := range row {
		said, ok := value.(map[string]any)
		if !ok {
			continue
		}
		from, _ := said["from"].(string)
		switch {
		case origins[from] != "":
			said["from"] = origins[from]
		case file == "":
			return fmt.Errorf("%s comes from %q, which is no source", key, from)
		case from == "":
			said["from"] = file
		}
	}
	return nil
}

// put lays a row over the provider of its name, or adds it.
func (k *Known) put(name string, row map[string]any, front bool) error {
	text, err := toml.Marshal(row)
	if err != nil {
		return err
	}
	p := &Provider{}
	i := slices.IndexFunc(k.providers, func(p *Provider) bool { return p.Name == name })
	if i >= 0 {
		*p = *k.providers[i]
	}
	if err := decode(text, p); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	switch {
	case i >= 0:
		k.providers[i] = p
	case front:
		k.providers = slices.Insert(k.providers, 0, p)
	default:
		k.providers = append(k.providers, p)
	}
	return nil
}

// check finds what no provider can have.
func (p *Provider) check() error {
	for _, text := range []string{p.IMAP.Is, p.POP3.Is, p.Export.Is} {
		if text == "" {
			continue
		}
		if _, err := parseServer(text); err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
	}
	if form := p.Login.Is; form != "" && form != "address" && form != "local" {
		return fmt.Errorf("login must be address or local, not %q", form)
	}
	for _, way := range p.Ways.Is {
		if way != OAuth2 && way != AppPassword && way != Password {
			return fmt.Errorf("ways: there are oauth2, app-password and password, not %q", way)
		}
	}
	if p.Connections.Is < 0 {
		return errors.New("connections must be a number from 1 on, or 0 for as many as there may be")
	}
	return nil
}

// decode reads TOML into a value; keys that it does not have are errors.
func decode(text []byte, into any) error {
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		return fmt.Errorf("unknown key %q", strings.Join(strict.Errors[0].Key(), "."))
	}
	return err
}
