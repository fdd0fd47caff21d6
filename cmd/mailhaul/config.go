package main

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// parseConfig reads TOML. Unknown keys, values of the wrong kind and things
// that do not fit together are errors.
func parseConfig(text []byte) (*config, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter("\x1f"))
	v.SetConfigType("toml")
	if err := v.ReadConfig(bytes.NewReader(text)); err != nil {
		return nil, explainSyntax(err)
	}
	c := &config{}
	if err := v.UnmarshalExact(c, strictly); err != nil {
		return nil, explainDecode(err)
	}
	return c, c.check()
}

// strictly switches off what viper would bend: "5" is no number, a number is
// no text, and a text is not split at its commas. One text may stand where a
// list of texts is wanted.
func strictly(d *mapstructure.DecoderConfig) {
	d.WeaklyTypedInput = false
	d.DecodeHook = func(from, to reflect.Type, value any) (any, error) {
		switch {
		case from.Kind() == reflect.String && to == reflect.TypeFor[[]string]():
			return []string{value.(string)}, nil
		case to == reflect.TypeFor[passwordConfig](), to == reflect.TypeFor[*passwordConfig]():
			if from.Kind() != reflect.Map {
				return nil, errors.New("a password does not stand in the config; say where it comes from, as in password = { command = \"pass show mail\" }")
			}
		}
		return value, nil
	}
}

// layers holds the settings of one job. What stands higher wins: a flag, a
// variable MAILHAUL_*, the job, the flag's default.
type layers struct {
	v     *viper.Viper
	flags *pflag.FlagSet
}

// layers lays flags and environment over the job, which may be nil. The variables
// are those that the program began with: see [world.conceal].
func (w *world) layers(flags *pflag.FlagSet, job *jobConfig) (layers, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter("\x1f"))
	var err error
	flags.VisitAll(func(f *pflag.Flag) {
		err = errors.Join(err, v.BindPFlag(f.Name, f))
		if text := w.env(envName(f.Name)); text != "" && !f.Changed {
			v.Set(f.Name, text)
		}
	})
	if job != nil {
		err = errors.Join(err, v.MergeConfigMap(job.settings()))
	}
	return layers{v, flags}, err
}

// envName is the variable of a flag: --max-size is MAILHAUL_MAX_SIZE.
func envName(flag string) string {
	return "MAILHAUL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// text answers a setting as it was written.
func (l layers) text(name string) string { return l.v.GetString(name) }

// list answers a setting that can be given several times. A variable holds one
// a line: names have blanks and commas. Of a flag that has a value for each source,
// nothing but empty ones is none.
func (l layers) list(name string) []string {
	if f := l.flags.Lookup(name); f != nil && f.Changed {
		values := f.Value.(pflag.SliceValue).GetSlice()
		if !slices.ContainsFunc(values, func(value string) bool { return value != "" }) {
			return nil
		}
		return values
	}
	if text, ok := l.v.Get(name).(string); ok {
		return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
	}
	return l.v.GetStringSlice(name)
}
