package main

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"

	"github.com/mailhaul/mailhaul/internal/keyboard"
	"github.com/mailhaul/mailhaul/transfer"
)

// listen has the questions share one keyboard, until the end of the setup: each field
// is a program of its own, and would take what was typed ahead away with it.
func (q *questions) listen(ctx context.Context) (end func()) {
	if q.plain {
		return func() {}
	}
	keys, err := keyboard.Open(q.w.in)
	if err != nil {
		return func() {} // no such mode here: the fields read the terminal themselves
	}
	q.keys, q.w.line = keys, keys.Line
	stop := context.AfterFunc(ctx, keys.Close)
	return func() {
		stop()
		keys.Close()
		q.keys, q.w.line = nil, nil
	}
}

// forget drops what was typed ahead: what comes next is to be answered by somebody who
// has seen it.
func (q *questions) forget() error {
	if q.keys == nil {
		return nil
	}
	return q.keys.Forget()
}

// hear shows one field until it is answered, and takes no key that is not its own.
func (q *questions) hear(ctx context.Context, field huh.Field) error {
	last := ""
	if _, ok := field.(*huh.Confirm); ok {
		last = yesNo
	}
	reader, err := q.keys.Listen(last)
	if err != nil {
		return err
	}
	defer reader.Close()
	form := huh.NewForm(huh.NewGroup(heard{field, reader})).WithShowHelp(false).WithKeyMap(fieldKeys()).
		WithProgramOptions(tea.WithoutSignalHandler(), tea.WithInput(reader), tea.WithOutput(q.w.talk))
	err = transfer.Guard(func() error { return form.RunWithContext(ctx) })
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, huh.ErrUserAborted):
		return errGivenUp
	}
	return err
}

// yesNo are the keys that answer a question of yes or no at once.
const yesNo = "yYnN"

// fieldKeys are the library's, without a search in menus: they are short, and whoever
// meets one with a path on the lips would see it vanish.
func fieldKeys() *huh.KeyMap {
	keys := huh.NewDefaultKeyMap()
	keys.Select.Filter.Unbind()
	return keys
}

// heard is a field that tells its reader when it goes on after a key that might have
// been its last.
type heard struct {
	huh.Field
	reader *keyboard.Reader
}

func (f heard) Update(msg tea.Msg) (huh.Model, tea.Cmd) {
	pressed, ok := msg.(tea.KeyPressMsg)
	if ok && f.idle(pressed.String()) {
		return f, nil
	}
	_, cmd := f.Field.Update(msg)
	if ok && pressed.String() == "enter" && f.Error() != nil {
		f.reader.GoOn()
	}
	return f, cmd
}

// idle are arrows of yes or no that lead to where we are: the library has each of
// them change sides.
func (f heard) idle(pressed string) bool {
	confirm, ok := f.Field.(*huh.Confirm)
	if !ok {
		return false
	}
	yes, _ := confirm.GetValue().(bool)
	switch pressed {
	case "left", "h":
		return yes
	case "right", "l":
		return !yes
	}
	return false
}
