package mailtest

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// LoadMaildir puts the mails into a fresh user's account by writing its files:
// faster than [Load], for servers that store in [Maildir] (not [MaildirFS]).
func LoadMaildir(t testing.TB, s *Server, user string, mails []Mail) {
	t.Helper()
	if s.Format != Maildir {
		t.Fatalf("got a server that stores in %s, want %s", s.Format, Maildir)
	}
	owner, _ := mailOwner()
	home := s.Home(user)
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatalf("user %s is not fresh: %v", user, err)
	}
	err := writeMaildir(filepath.Join(home, "Maildir"), mails)
	if err == nil {
		err = filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Chown(path, owner.uid, owner.gid)
		})
	}
	if err != nil {
		t.Fatalf("write the mail of %s: %v", user, err)
	}
}

// WriteMaildir writes the mails as a Maildir++ with Dovecot's files for
// keywords and the order of messages. A file's time is the message's date.
// Folder names with a dot cannot be stored and fail the test.
func WriteMaildir(t testing.TB, dir string, mails []Mail) {
	t.Helper()
	if err := writeMaildir(dir, mails); err != nil {
		t.Fatalf("write the Maildir %s: %v", dir, err)
	}
}

func writeMaildir(dir string, mails []Mail) error {
	byFolder, order := sortOut(mails)
	if byFolder[Key("INBOX")] == nil {
		order = append(order, Key("INBOX")) // the top folder is always one
	}
	var subscriptions strings.Builder
	for number, key := range order {
		name, path := "", dir
		if key != Key("INBOX") {
			if strings.Contains(key, ".") {
				return fmt.Errorf("folder %q has a dot in its name", key)
			}
			name = encodeUTF7(strings.ReplaceAll(key, "\x00", "."))
			path = filepath.Join(dir, "."+name)
			subscriptions.WriteString(name + "\n")
		}
		if err := writeFolder(path, number, byFolder[key]); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "subscriptions"), []byte(subscriptions.String()), 0o644)
}

func writeFolder(dir string, number int, mails []Mail) error {
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	var keywords []string
	var uids strings.Builder
	fmt.Fprintf(&uids, "3 V%d N%d\n", 1_600_000_000+number, len(mails)+1)
	for i, m := range mails {
		base := fmt.Sprintf("%d.M%dP1.mailtest,S=%d", m.Date.Unix(), i, len(m.Bytes))
		path := filepath.Join(dir, "cur", base+":2,"+letters(m.Flags, &keywords))
		if err := os.WriteFile(path, m.Bytes, 0o644); err != nil {
			return err
		}
		if err := os.Chtimes(path, m.Date, m.Date); err != nil {
			return err
		}
		fmt.Fprintf(&uids, "%d :%s\n", i+1, base)
	}
	var names strings.Builder
	for i, keyword := range keywords {
		fmt.Fprintf(&names, "%d %s\n", i, keyword)
	}
	if err := os.WriteFile(filepath.Join(dir, "dovecot-keywords"), []byte(names.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "dovecot-uidlist"), []byte(uids.String()), 0o644)
}

// letters are the flags as a Maildir file name has them, in ASCII order. New
// keywords are added to the folder's list, whose first is "a".
func letters(flags []string, keywords *[]string) string {
	system := map[string]byte{`\Draft`: 'D', `\Flagged`: 'F', `\Answered`: 'R', `\Seen`: 'S', `\Deleted`: 'T'}
	var out []byte
	for _, flag := range flags {
		letter, ok := system[flag]
		if !ok {
			i := slices.Index(*keywords, flag)
			if i < 0 {
				i = len(*keywords)
				*keywords = append(*keywords, flag)
			}
			letter = 'a' + byte(i)
		}
		out = append(out, letter)
	}
	slices.Sort(out)
	return string(out)
}

// encodeUTF7 is the modified UTF-7 of RFC 3501, section 5.1.3.
func encodeUTF7(name string) string {
	var out strings.Builder
	var wide []uint16
	flush := func() {
		if len(wide) == 0 {
			return
		}
		raw := make([]byte, 0, 2*len(wide))
		for _, u := range wide {
			raw = append(raw, byte(u>>8), byte(u))
		}
		out.WriteString("&" + strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(raw), "/", ",") + "-")
		wide = wide[:0]
	}
	for _, c := range name {
		switch {
		case c == '&':
			flush()
			out.WriteString("&-")
		case c >= ' ' && c <= '~':
			flush()
			out.WriteRune(c)
		default:
			wide = utf16.AppendRune(wide, c)
		}
	}
	flush()
	return out.String()
}
