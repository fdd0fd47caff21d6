package provider

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed presets.toml
var presets []byte

// Known is the table of providers that are known.
type Known struct {
	changed []*Provider // nil while they are the presets
}

// Presets are the providers that mailhaul knows by itself.
func Presets() *Known { return &Known{} }

// rows are all providers.
func (k *Known) rows() []*Provider {
	switch {
	case k == nil:
		return nil
	case k.changed != nil:
		return k.changed
	}
	return preset()
}

// mayName reports whether a row may hold the word. Most runs ask for one server that is
// in none, and to read the table takes a hundred times as long as to look for a word.
func (k *Known) mayName(word string) bool {
	return k != nil && (k.changed != nil || bytes.Contains(presets, []byte(word)))
}

// preset reads the presets. It panics when they cannot be read, which a test would
// have told.
var preset = sync.OnceValue(func() []*Provider {
	all, err := readPresets(presets)
	if err != nil {
		panic("presets.toml: " + err.Error())
	}
	return all
})

// readPresets takes the table as it stands, where add lays rows over others.
func readPresets(text []byte) (all []*Provider, err error) {
	var table struct {
		Source   []source   `toml:"source"`
		Provider []Provider `toml:"provider"`
	}
	if err := decode(text, &table); err != nil {
		return nil, err
	}
	origins := originsOf(table.Source)
	for i := range table.Provider {
		p := &table.Provider[i]
		for _, from := range p.origins() {
			if *from != "" && origins[*from] == "" {
				return nil, fmt.Errorf("provider %q: a value comes from %q, which is no source", p.Name, *from)
			}
			*from = origins[*from]
		}
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("provider %q: %w", p.Name, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// origins are where the values come from.
func (p *Provider) origins() []*string {
	return []*string{
		&p.Domains.From, &p.MX.From, &p.IMAP.From, &p.POP3.From, &p.Export.From, &p.Login.From, &p.Ways.From, &p.AppPassword.From,
		&p.SwitchOn.From, &p.Note.From, &p.Connections.From, &p.DayDown.From, &p.DayUp.From, &p.MessageSize.From, &p.Folders.From,
	}
}

func originsOf(sources []source) map[string]string {
	origins := map[string]string{}
	for _, s := range sources {
		origins[s.Key] = s.Text + ", " + s.Date
	}
	return origins
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
	origins := originsOf(table.Source)
	for _, row := range table.Provider {
		name, _ := row["name"].(string)
		if name == "" {
			return errors.New("a [[provider]] has no name")
		}
		traceBack(row, origins, file)
		if err := k.put(name, row); err != nil {
			return fmt.Errorf("provider %q: %w", name, err)
		}
	}
	return nil
}

// traceBack writes the origin in full into each value of a row.
func traceBack(row map[string]any, origins map[string]string, file string) {
	for _, value := range row {
		said, ok := value.(map[string]any)
		if !ok {
			continue
		}
		from, _ := said["from"].(string)
		switch {
		case origins[from] != "":
			said["from"] = origins[from]
		case from == "":
			said["from"] = file
		}
	}
}

// put lays a row over the provider of its name, or adds it in front.
func (k *Known) put(name string, row map[string]any) error {
	text, err := toml.Marshal(row)
	if err != nil {
		return err
	}
	p, rows := &Provider{}, slices.Clone(k.rows())
	i := slices.IndexFunc(rows, func(p *Provider) bool { return p.Name == name })
	if i >= 0 {
		*p = *rows[i]
	}
	if err := decode(text, p); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	if i < 0 {
		rows = slices.Insert(rows, 0, nil)
		i = 0
	}
	rows[i] = p
	k.changed = rows
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
