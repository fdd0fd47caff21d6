package main

import (
	"errors"

	"github.com/spf13/pflag"
)

// The flags are declared here and read through [layers], which knows what
// else may have set them: never from a variable of their own.

// choiceFlags say what is carried.
func choiceFlags(f *pflag.FlagSet) {
	group(f, "What is carried:", func(f *pflag.FlagSet) {
		listOf(f, "folder", "only folders that match `GLOB` (repeatable)")
		listOf(f, "exclude", "all but folders that match `GLOB` (repeatable)")
		listOf(f, "map", "`FROM=TO` puts folder FROM into TO; globs with * (repeatable)")
		f.String("since", "", "only mail that arrived on `DATE` or later, like 2024-12-31")
		f.String("before", "", "only mail that arrived before `DATE`")
		f.String("max-size", "", "only messages up to `SIZE`, like 25M")
		f.String("pop-seen", defaultPopSeen, "which mail from POP3 is marked as read: `all|none|older-than=30d` (older-than=30d)")
		f.Bool("unify-keywords", false, "write $Forwarded, $Junk and $NotJunk for their other spellings")
	})
}

// paceFlags say how.
func paceFlags(f *pflag.FlagSet) {
	group(f, "How:", func(f *pflag.FlagSet) {
		f.String("connections", auto, "`N` folders travel side by side (as many as help, up to 8)")
		f.String("compress", auto, "compress IMAP connections: `auto|on|off`; auto does where the server is far (auto)")
		f.Bool("newest-first", false, "INBOX and the newest mail of each folder first")
		f.String("tries", "5", "give up after `N` tries in a row that got nowhere (5)")
		f.String("max-transfer", "", "stop politely once `SIZE` was copied, like 500M")
		f.String("max-duration", "", "stop politely after `TIME`, like 90m or 8h")
		stateFlag(f)
	})
}

const gettingIn = "Getting in:"

// accessFlags say how to get in.
func accessFlags(f *pflag.FlagSet, sides ...string) {
	group(f, gettingIn, func(f *pflag.FlagSet) {
		for _, side := range sides {
			listOf(f, side+"-password-command", "the first line that `COMMAND` prints")
			listOf(f, side+"-password-file", "the first line of `FILE`, which only you may read")
			signInFlags(f, side)
		}
	})
	trustFlags(f)
}

// trustFlags say which servers are trusted, and how they are reached.
func trustFlags(f *pflag.FlagSet) {
	routeFlags(f)
	group(f, gettingIn, func(f *pflag.FlagSet) {
		f.String("ca-file", "", "trust the certificate in `FILE` as well, at both sides: the .crt or .pem of a provider")
		listOf(f, "pin", "`[HOST=]SHA256` is the only key to trust, as sha256:... (repeatable)")
		f.Bool("allow-cleartext", false, "allow ?tls=none to hosts other than this one")
		f.Bool("no-input", false, "never ask for anything")
		f.Var(noPassword{}, "password", "")
		hide(f, "password")
	})
}

// showFlags say what is told.
func showFlags(f *pflag.FlagSet) {
	group(f, "What is told:", func(f *pflag.FlagSet) {
		f.Bool("json", false, "one event a line on standard output; the last is the summary")
		f.String("progress", "auto", "`KIND` of progress: auto, bar, plain, none (auto)")
		f.BoolP("quiet", "q", false, "nothing but errors")
		f.CountP("verbose", "v", "each folder and change as well; -vv: every line said to and by the servers")
		f.String("log-file", "", "write all that happens to `FILE` as well, with -vv every line said")
		f.String("log-format", "text", "`KIND` of lines in the log file: text, json (text)")
	})
}

// doneFlag says what happens after a run.
func doneFlag(f *pflag.FlagSet) {
	group(f, "What is told:", func(f *pflag.FlagSet) {
		f.String("on-done", "", "run `COMMAND` at the end, however it ended, with the summary on its standard input")
	})
}

func stateFlag(f *pflag.FlagSet) {
	f.String("state-dir", "", "remember in `DIR` what has arrived")
}

func configFlag(f *pflag.FlagSet) {
	f.StringP("config", "c", "", "the config `FILE`")
}

// noPassword is the flag that everybody looks for and that must not be.
type noPassword struct{}

func (noPassword) String() string { return "" }
func (noPassword) Type() string   { return "secret" }

// Set refuses without repeating what it was given.
func (noPassword) Set(string) error { return errPasswordFlag }

var errPasswordFlag = errors.New("passwords do not belong on the command line, where every user of this machine can read them")

// passwordName are names of flags that would take a password: those of other
// programs, and ours cut short.
var passwordName = pattern(`(^|-)pass(wd|word)?[12]?$`)

const passwordAdvice = "leave it out and mailhaul asks; or set MAILHAUL_SOURCE_PASSWORD and MAILHAUL_DEST_PASSWORD, " +
	"or use --source-password-command, --source-password-file (the same with dest)"

func hide(f *pflag.FlagSet, name string) {
	if flag := f.Lookup(name); flag != nil {
		flag.Hidden = true
	}
}
