package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"charm.land/huh/v2"
	"golang.org/x/term"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/keyboard"
	"github.com/mailhaul/mailhaul/transfer"
)

// questions are asked at the terminal, one after the other: in fields that can
// be edited, or line by line where the terminal or its user wants that.
type questions struct {
	w     *world
	plain bool
	keys  *keyboard.Keyboard // nil in the plain mode, and on systems that have none
	ended atomic.Bool        // nothing more comes from the terminal
	empty int                // answers in a row that were none
}

// errGivenUp ends the wizard: the user has had enough, or is gone.
var errGivenUp = errors.New("given up")

// Below these a question would take all the room, and its field would not be seen.
const (
	fieldColumns = 40
	fieldRows    = 10
)

// asksPlainly reports whether questions are asked line by line: the user wants it,
// or fields do not fit.
func (w *world) asksPlainly(wanted bool) bool {
	columns, rows := extent(w.talk)
	return wanted || !w.wide || w.env("ACCESSIBLE") != "" || columns < fieldColumns || rows < fieldRows
}

// terminal is where the answers come from. It notes when there are no more.
type terminal struct {
	*os.File
	ended *atomic.Bool
}

func (t terminal) Read(p []byte) (int, error) {
	n, err := t.File.Read(p)
	if err != nil {
		t.ended.Store(true)
	}
	return n, err
}

// ask shows one field until it is answered. In the plain mode the read from the
// terminal cannot be cut short: it is left behind when ctx ends, as the program
// ends then, and the terminal gets its echo back.
func (q *questions) ask(ctx context.Context, field huh.Field) error {
	if q.keys != nil {
		return q.hear(ctx, field)
	}
	form := huh.NewForm(huh.NewGroup(field)).WithShowHelp(false).WithAccessible(q.plain).
		WithInput(q.w.in).WithOutput(q.w.talk)
	if q.plain {
		form = form.WithInput(terminal{q.w.in, &q.ended}).WithTheme(huh.ThemeFunc(func(bool) *huh.Styles { return &huh.Styles{} }))
	}
	before, _ := term.GetState(int(q.w.in.Fd()))
	done := make(chan error, 1)
	go func() { done <- transfer.Guard(func() error { return form.RunWithContext(ctx) }) }()
	var err error
	if q.plain {
		select {
		case err = <-done:
		case <-ctx.Done():
			if before != nil {
				_ = term.Restore(int(q.w.in.Fd()), before)
			}
		}
	} else {
		err = <-done
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, huh.ErrUserAborted), q.ended.Load():
		return errGivenUp
	}
	return err
}

// answered counts answers that are none: three in a row are nobody.
func (q *questions) answered(text string) error {
	if q.empty++; text != "" {
		q.empty = 0
	}
	if q.empty == 3 {
		return errGivenUp
	}
	return nil
}

// text asks for a line that check accepts; otherwise is what Enter alone means.
func (q *questions) text(ctx context.Context, title, help, otherwise string, check func(string) error) (string, error) {
	answer := otherwise
	if q.plain && otherwise != "" {
		title += " [" + otherwise + "]"
	}
	field := huh.NewInput().Title(title).Description(help).Value(&answer).Validate(func(text string) error {
		if text = strings.TrimSpace(text); text == "" && q.plain {
			text = otherwise
		}
		if text == "" && q.plain {
			return nil // told below
		}
		return check(text)
	})
	if q.plain && help != "" {
		q.say("%s", help)
	}
	for {
		if err := q.ask(ctx, field); err != nil {
			return "", err
		}
		if answer = strings.TrimSpace(answer); answer != "" {
			q.echo(title, answer)
			return answer, q.answered(answer)
		}
		if err := q.answered(""); err != nil {
			return "", err
		}
	}
}

// secret asks for a password as all commands do: a field would show its question
// first and switch the echo off afterwards, and whoever types fast be seen.
func (q *questions) secret(ctx context.Context, whose string) (credential.Secret, error) {
	for {
		secret, err := q.w.asker(false).Get(ctx, credential.Way{Prompt: true}, whose)
		switch {
		case ctx.Err() != nil:
			return secret, context.Cause(ctx)
		case errors.Is(err, io.EOF):
			return secret, errGivenUp
		case errors.Is(err, credential.ErrEmpty):
			err = q.answered("")
		case err == nil:
			return secret, q.answered("something")
		}
		if err != nil {
			return secret, err
		}
	}
}

// choice asks for one of several; the first is what Enter alone means.
func (q *questions) choice(ctx context.Context, title string, options ...string) (int, error) {
	answer := 0
	var all []huh.Option[int]
	for i, text := range options {
		all = append(all, huh.NewOption(text, i))
	}
	err := q.ask(ctx, huh.NewSelect[int]().Title(title).Options(all...).Value(&answer))
	if err == nil {
		q.echo(title, options[answer])
	}
	return answer, err
}

// yes asks a question of yes or no.
func (q *questions) yes(ctx context.Context, title string, otherwise bool) (bool, error) {
	answer := otherwise
	err := q.ask(ctx, huh.NewConfirm().Title(q.yesOrNo(title)).Value(&answer))
	if err == nil {
		q.echo(title, map[bool]string{true: "yes", false: "no"}[answer])
	}
	return answer, err
}

// yesOrNo is a title with the keys that answer it; the plain mode names them itself.
func (q *questions) yesOrNo(title string) string {
	if q.plain {
		return title
	}
	return title + " y / n"
}

// echo leaves a question and its answer on the screen, from which the field goes
// away. In the plain mode they stand there anyhow.
func (q *questions) echo(title, answer string) {
	if !q.plain {
		fmt.Fprintln(q.w.talk, Safe(title+" "+answer))
	}
}

// say tells the user something between two questions.
func (q *questions) say(format string, args ...any) {
	columns, _ := extent(q.w.talk)
	for line := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
		for _, part := range atWords("  "+Safe(line), columns) {
			fmt.Fprintln(q.w.talk, part)
		}
	}
}
