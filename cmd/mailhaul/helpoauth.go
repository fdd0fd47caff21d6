package main

const helpOAuth = `Signing in with OAuth2

Once:           mailhaul login ADDRESS
Afterwards all commands find what they need: in the keyring of the desktop, or
in a file below the state folder that only you can read. Access tokens are
renewed as long as a run takes; nobody is asked again.

Microsoft (Outlook.com, Hotmail, Microsoft 365) takes no passwords at all. It
wants to know which application asks, and you register one of your own, once:
  1. https://entra.microsoft.com: App registrations, New registration, accounts
     of any kind
  2. Authentication: add the platform "Mobile and desktop applications" with
     http://localhost, and allow public client flows
  3. mailhaul login anna@outlook.com --client-id ID
A code is shown; type it in any browser. --browser opens the browser here.

Google takes app passwords: mailhaul login anna@gmail.com tells where to make
one. With the browser instead, by an OAuth client of your own:
  1. https://console.cloud.google.com: a project, enable the Gmail API
  2. OAuth consent screen: external, your address as test user. A project in
     testing lets you in for 7 days; publish it to lift that
  3. Credentials: OAuth client ID, Desktop app; download its JSON file
  4. mailhaul login anna@gmail.com --client-file client_secret.json

On a machine without a browser, --no-browser prints the address to open anywhere
and takes the one where that browser ends up, even if it shows an empty page.

Another provider: --auth-url, --token-url (or --device-url), --scope, --client-id;
a secret of the application is in MAILHAUL_CLIENT_SECRET.

Any program that prints access tokens will do, too:
  --source-token-command 'oama access anna@outlook.com'
  token = { command = "..." } in the config file

Whole companies: --source-app FILE, --dest-app FILE, or app = "FILE" in the config.
FILE is of the administrator's alone (chmod 600), and either
  Google's JSON file of a service account, with domain-wide delegation for the
  scope https://mail.google.com/, or
  {"tenant": "firm.example", "client_id": "...", "client_secret": "..."}
  of an application at Microsoft with IMAP.AccessAsApp and rights on the mailboxes.
`
