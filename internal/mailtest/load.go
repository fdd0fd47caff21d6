package mailtest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-imap/v2"
)

// Load appends the mails to the user's account at an IMAP address, in order
// within each folder, and creates and subscribes the folders. Anything the
// server refuses fails the test.
func Load(t testing.TB, addr, user string, mails []Mail) {
	t.Helper()
	if err := Fill(addr, user, mails); err != nil {
		t.Fatalf("load %s at %s: %v", user, addr, err)
	}
}

// Fill is [Load] without a test.
func Fill(addr, user string, mails []Mail) error {
	byFolder, order := sortOut(mails)
	work := make(chan string, len(order))
	for _, folder := range order {
		work <- folder
	}
	close(work)
	if err := settle(addr, user); err != nil {
		return err
	}
	const side = 3 // connections
	errs := make([]error, side)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = load(addr, user, work, byFolder) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// settle has the server make INBOX: Dovecot sometimes fails to when another session
// makes folders of a new account at the same time.
func settle(addr, user string) error {
	a, err := dial(addr, user)
	if err != nil {
		return err
	}
	defer a.close()
	if _, err := a.Select("INBOX", nil).Wait(); err != nil {
		return fmt.Errorf("open INBOX: %w", err)
	}
	return nil
}

// sortOut groups mails by folder, and names the folders as they come.
func sortOut(mails []Mail) (byFolder map[string][]Mail, order []string) {
	byFolder = map[string][]Mail{}
	for _, m := range mails {
		key := Key(m.Folder...)
		if byFolder[key] == nil {
			order = append(order, key)
		}
		byFolder[key] = append(byFolder[key], m)
	}
	return byFolder, order
}

// load fills folders until none is left.
func load(addr, user string, work <-chan string, byFolder map[string][]Mail) error {
	a, err := dial(addr, user)
	if err != nil {
		return err
	}
	defer a.close()
	for folder := range work {
		if err := a.fill(strings.Split(folder, "\x00"), byFolder[folder]); err != nil {
			return err
		}
	}
	return nil
}

func (a *account) fill(path []string, mails []Mail) error {
	name, err := a.name(path)
	if err != nil {
		return err
	}
	if name != "INBOX" {
		err := a.Create(name, nil).Wait()
		var refused *imap.Error
		if errors.As(err, &refused) && refused.Code == imap.ResponseCodeAlreadyExists {
			err = nil // a parent that was made with its child
		}
		if err != nil {
			return fmt.Errorf("create %q: %w", name, err)
		}
		if err := a.Subscribe(name).Wait(); err != nil {
			return fmt.Errorf("subscribe %q: %w", name, err)
		}
	}
	for i, m := range mails {
		if err := a.append(name, m); err != nil {
			return fmt.Errorf("append message %d to %q: %w", i, name, err)
		}
	}
	return nil
}

func (a *account) append(name string, m Mail) error {
	options := &imap.AppendOptions{Time: m.Date}
	for _, flag := range m.Flags {
		options.Flags = append(options.Flags, imap.Flag(flag))
	}
	cmd := a.Append(name, int64(len(m.Bytes)), options)
	_, wrong := cmd.Write(m.Bytes)
	if err := cmd.Close(); wrong == nil {
		wrong = err
	}
	if wrong != nil {
		_ = a.Close() // the literal is open: nothing else may be sent
	}
	_, err := cmd.Wait()
	return errors.Join(err, wrong)
}
