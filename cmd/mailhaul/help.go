package main

import (
	"github.com/spf13/cobra"
)

// newHelp is "mailhaul help COMMAND" and "mailhaul help TOPIC".
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND | TOPIC]", Short: "All about a command or a topic", GroupID: "other",
		RunE: func(_ *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("see mailhaul --help", "there is no command or topic %q", quoteAll(args))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// topics are the texts of "mailhaul help TOPIC".
func topics() []*cobra.Command {
	var all []*cobra.Command
	for _, t := range []struct{ name, short, text string }{
		{"environment", "the variables that mailhaul reads", helpEnvironment},
		{"exit-codes", "what the exit code tells", helpExitCodes},
		{"formats", "what is written for programs: events, reports, logs", helpFormats},
		{"mapping", "how folders and flags are translated", helpMapping},
		{"pop3", "leaving POP3", helpPOP3},
		{"config", "the config file", helpConfig},
		{"oauth", "signing in with the browser, and whole companies", helpOAuth},
		{"providers", "the mail providers that mailhaul knows, and your own", helpProviders},
	} {
		topic := &cobra.Command{Use: t.name, Short: t.short, Long: t.text}
		topic.SetHelpFunc(func(cmd *cobra.Command, _ []string) { cmd.Print(t.text) })
		topic.SetOut(nil)
		all = append(all, topic)
	}
	return all
}

const helpEnvironment = `Variables of the environment

Passwords
  MAILHAUL_SOURCE_PASSWORD     of all sources
  MAILHAUL_SOURCE_PASSWORD_2   of the second source (_1, _2, _3 ...)
  MAILHAUL_DEST_PASSWORD       of the destination
  MAILHAUL_SOURCE_TOKEN, MAILHAUL_DEST_TOKEN   an OAuth2 access token in its place

Every flag has a variable: --max-size is MAILHAUL_MAX_SIZE, --state-dir is
MAILHAUL_STATE_DIR. Flags that can be given several times take one value a line.
A flag wins over its variable, the variable over the config file.

Network
  ALL_PROXY, MAILHAUL_PROXY    socks5h://HOST:PORT, socks5://, http:// or https://,
                               with USER:PASSWORD@ where the proxy wants that. What
                               is asked of the DNS to find servers goes straight
  NO_PROXY                     hosts, domains and networks that ALL_PROXY is not for

Terminal
  NO_COLOR           no colours; nothing is told by colour alone
  TERM=dumb          lines instead of a block that is drawn anew; as --progress plain

Places
  XDG_CONFIG_HOME    the config is mailhaul/config.toml below it   (else ~/.config)
  XDG_STATE_HOME     the checkpoints are in mailhaul/ below it     (else ~/.local/state)
  On Windows these are %AppData% and %LocalAppData%.
`

const helpExitCodes = `Exit codes

    0  all there
    1  another error
    2  wrong usage or config
    3  done, but some messages were refused, or the destination is not exact (listed)
    4  could not sign in
    5  temporary trouble: run again, it resumes
    6  destination full or over quota
    8  a --max-* limit was reached
    9  verify found differences
   11  another run holds this job
  130  interrupted, checkpoint saved

After 5, 8, 11 and 130 the same command goes on; nothing is copied twice.
`

const helpMapping = `How folders and flags are translated

A folder's name is written with / between its levels, whatever the server uses.
For each folder, in this order:

  1. --exclude and --folder. A GLOB matches the whole name: * is anything within
     a level, ** any levels. "Spam" is Spam and all below it, "Spam/*" only what
     is below, "**/Old" every folder Old.
  2. --map FROM=TO. The folder and all below it move. A * in FROM is captured:
     --map 'Lists/*=Archive/*'. An = in a name is written \=.
  3. Its role. Sent, Drafts, Trash, Junk and Archive go to the destination's
     folder of that role, however either side calls it. Where a server does not
     tell roles, the name does, in some thirty languages.
  4. INBOX is INBOX.
  5. Any other name stays to the letter. Only what the destination cannot hold
     is changed.

Two folders become one only where --map says so. Each changed name is reported.
To see where all goes without copying: mailhaul plan SOURCE... DEST

Flags (seen, answered, flagged, deleted, draft) and keywords go along. A keyword
that the destination refuses is dropped and reported. Keywords stay to the
letter; --unify-keywords writes $Forwarded, $Junk and $NotJunk for Forwarded,
NonJunk and their like. In the config file:
  [[job.flag]]
  from = "$Label1"
  to = "Important"          # "" drops it
`

const helpConfig = `The config file

$XDG_CONFIG_HOME/mailhaul/config.toml, or the one that --config names. It holds
no passwords; it says where they come from. Unknown keys are errors.

  version = 1

  [[account]]
  name = "old"
  endpoint = "pop3s://anna@pop.oldisp.example"
  password = { command = "pass show old" }

  [[account]]
  name = "new"
  endpoint = "imaps://anna@imap.new.example"
  password = { keyring = true }

  [[job]]
  name = "anna"
  from = ["old"]
  to = "new"
  exclude = ["Spam"]
    [[job.map]]
    from = "Gesendete Objekte"
    to = "Sent"

Then: mailhaul plan --job anna, mailhaul run anna.

password   { command = "..." }  the first line of its output
           { env = "OLD_PW" }   a variable
           { file = "..." }     its first line; only you may read it (chmod 600)
           { keyring = true }   service "mailhaul", name "USER@HOST"; mailhaul login
                                puts it there
           { prompt = true }    asked each time
           Commands see none of the variables that any account names here
token      an OAuth2 access token in place of a password, from the same places
account    may also have: pin, ca-file, allow-cleartext, connections; and how to
           sign in: admin = "master:ADMIN" (or authzid:, proxyauth:), auth, cert,
           app (mailhaul help oauth)
job        may also have, named like the flags: folder, exclude, since, before,
           max-size, pop-seen, unify-keywords, connections, compress,
           newest-first, tries, max-transfer, max-duration, delete-source,
           max-delete, on-done;
           [[job.map]] and [[job.flag]] with from and to

What wins: flag, then MAILHAUL_* variable, then job, then account, then default.
`

const helpProviders = `The providers that mailhaul knows

A mail address stands for its server: mailhaul discover ADDRESS shows which one,
and where the answer comes from. mailhaul knows the servers, the ways to sign in
and the limits of some thirty providers. To change a value, or to add a provider,
write providers.toml beside the config file ($XDG_CONFIG_HOME/mailhaul):

  [[provider]]
  name = "Gmail"                      # a name that is known: only what differs
  connections = { is = 4 }

  [[provider]]
  name = "Our own"
  domains = { is = ["work.example"] }
  imap = { is = "imaps://mail.work.example" }
  login = { is = "local", from = "the admin" }

domains       addresses with these domains are the provider's
mx            so are those of domains whose mail goes to a server below these
imap, pop3    the servers
export        the IMAP server to fetch all mail from, if it is another one
login         the user name: "address" or "local" (the part before the @)
ways          how one may sign in: "oauth2", "app-password", "password"
app-password  where an app password is made
switch-on     what has to be switched on in the settings first
note          what else there is to know
connections   how many sessions a mailbox may have
day-down, day-up, message-size   limits in bytes

Each value may say in "from" where it comes from.
`
