package fault

import (
	"fmt"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// testMail is what a row moves if it says nothing else: five messages in INBOX,
// two in Sent, one in Archive/2019. Number 3 has more than 4,096 bytes, number
// 2 arrived on a day of one digit, number 1 has a keyword.
func testMail() []mailtest.Mail {
	mails := make([]mailtest.Mail, 8)
	for i := range mails {
		mails[i] = letter(i)
	}
	for i, path := range map[int][]string{5: {"Sent"}, 6: {"Sent"}, 7: {"Archive", "2019"}} {
		mails[i].Folder = path
	}
	mails[0].Flags = []string{`\Seen`}
	mails[1].Flags = []string{`\Answered`, `\Seen`, "$Forwarded"}
	mails[4].Flags = []string{`\Flagged`}
	return mails
}

// letter is message i, in INBOX.
func letter(i int) mailtest.Mail {
	date := time.Date(2019, 3, 15, 10, 0, i, 0, time.FixedZone("", 3600))
	if i == 2 {
		date = time.Date(2019, 4, 5, 10, 0, 0, 0, time.UTC)
	}
	lines := 20
	if i == 3 {
		lines = 200
	}
	text := fmt.Sprintf("Message-ID: <%d@fault.example>\r\nDate: %s\r\nFrom: anna@fault.example\r\nTo: ben@fault.example\r\nSubject: %s\r\n\r\n",
		i, date.Format(time.RFC1123Z), subject(i))
	for k := range lines {
		text += fmt.Sprintf("line %d of message %d, and some more\r\n", k, i)
	}
	return mailtest.Mail{Folder: []string{"INBOX"}, Date: date, Bytes: []byte(text)}
}

// subject stands in message i and in no other.
func subject(i int) string { return fmt.Sprintf("fault number %d", i) }

// inbox puts all mails into INBOX without flags, as POP3 knows them.
func inbox(mails []mailtest.Mail) []mailtest.Mail {
	for i := range mails {
		mails[i].Folder, mails[i].Flags = []string{"INBOX"}, nil
	}
	return mails
}

// changed is mails with each passed through change.
func changed(mails []mailtest.Mail, change func(i int, m *mailtest.Mail)) []mailtest.Mail {
	out := append([]mailtest.Mail(nil), mails...)
	for i := range out {
		change(i, &out[i])
	}
	return out
}

// without leaves out those with these numbers.
func without(mails []mailtest.Mail, lacks []int) []mailtest.Mail {
	var out []mailtest.Mail
	for i, m := range mails {
		if !contains(lacks, i) {
			out = append(out, m)
		}
	}
	return out
}

func contains(list []int, n int) bool {
	for _, k := range list {
		if k == n {
			return true
		}
	}
	return false
}

// bare makes every line end a bare LF.
func bare(text []byte) []byte { return []byte(strings.ReplaceAll(string(text), "\r\n", "\n")) }
