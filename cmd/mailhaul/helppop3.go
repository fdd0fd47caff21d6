package main

const helpPOP3 = `Leaving POP3

  mailhaul copy pop3s://anna@pop.old.example imaps://anna@imap.new.example

POP3 has one folder, the inbox, and knows neither flags nor dates. If the old
provider has IMAP, too, copy from there: folders and read marks survive.

What was read    --pop-seen older-than=30d, the default, marks mail as read that is
                 older than 30 days: old mail has mostly been read, and new mail
                 that nobody has read must not hide. Or: all, none.
When it came     The topmost Received line, which the old server has written; else
                 Date; else the destination gives it the present. A line that names
                 a time before 1970 or in the future is passed over.
Where to         INBOX, or --map INBOX=Old/Inbox.
Sent mail        is on your disk: name the mail program's folder as one more source,
                 after the server. What both have is there once.
                   mailhaul copy pop3s://... mbox:~/.thunderbird/PROFILE/Mail imaps://...
Already there    Mail that the new provider has fetched, or you have imported, is
                 recognised though its Received lines differ: by what the sender
                 wrote, headers and body. What only looks alike is copied and listed.
Read there       Some servers mark as read what is fetched. Only RETR promises to give
                 a message whole, so it is what mailhaul takes; TOP, which some do not
                 count as reading, may cut or change it.
Names            Messages are remembered by their UIDL. Where a server gives none,
                 or the same to several, the header is read in each run.

At the end, and only if you want it:

  mailhaul copy --delete-source after-verify pop3s://... imaps://...

reads each message at the destination afresh and deletes at the source what is
there byte for byte. It asks before; --yes answers, --max-delete N bounds it.
What is in doubt stays, and is told.

Gmail       shows some 250 messages at a time, those sent among them, and hides what
            was fetched. mailhaul goes on until there are no more, and lets Gmail hide
            only what has arrived. What another program has fetched is shown again
            after "Enable POP for all mail" on its web page (Settings, Forwarding and
            POP/IMAP); have it keep Gmail's copy there. As user recent:anna@gmail.com
            it shows the last 30 days, always. IMAP is better here.
Outlook     may move or delete what was fetched, by a setting on its web page, and
            wants OAuth2: mailhaul login anna@outlook.com. IMAP is better here.
In use      Most servers let one session in at a time. Close the mail program that
            has the mailbox open; mailhaul waits 30 seconds and tries again.
`
