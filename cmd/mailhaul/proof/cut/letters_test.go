package cut

import (
	"fmt"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// letters are the mail that is carried: few for small windows, many for large
// ones. All of it is of the kind that is easily lost or doubled.
func letters(window int) []mailtest.Mail {
	if window > 6 {
		return append(few(), many(66)...)
	}
	return few()
}

var (
	inbox = []string{"INBOX"}
	work  = []string{"Work"}
)

// few are 14 messages in two folders.
func few() []mailtest.Mail {
	twin := text("<twin@example.org>", "the same to the last byte", 500)
	return []mailtest.Mail{
		{Folder: inbox, Date: day(1), Flags: []string{`\Seen`}, Bytes: text("<one@example.org>", "plain", 300)},
		{Folder: inbox, Date: day(2), Flags: []string{`\Seen`}, Bytes: twin},
		{Folder: inbox, Date: day(3), Flags: []string{`\Flagged`, "$Label1"}, Bytes: twin},
		{Folder: inbox, Date: day(4), Bytes: text("<same@example.org>", "one body", 400)},
		{Folder: inbox, Date: day(4), Bytes: text("<same@example.org>", "two body", 400)},
		{Folder: inbox, Date: day(5), Flags: []string{`\Answered`, `\Seen`}, Bytes: text("", "nothing to know it by", 350)},
		{Folder: inbox, Date: day(6), Bytes: text("<long@example.org>", "long", 3000)},
		{Folder: work, Date: day(7), Bytes: twin},
		{Folder: work, Date: day(7), Bytes: twin},
		{Folder: work, Date: day(8), Flags: []string{"$Forwarded", `\Draft`}, Bytes: text("", "no id", 300)},
		{Folder: work, Date: day(9), Bytes: text("", "no id", 300)},
		{Folder: work, Date: day(10), Flags: []string{`\Seen`}, Bytes: text("<same@example.org>", "three body", 800)},
		{Folder: work, Date: day(11), Bytes: text("<longer@example.org>", "gr\xfc\xdfe", 6000)},
		{Folder: work, Date: day(12), Flags: []string{`\Flagged`}, Bytes: text("<last@example.org>", "last", 300)},
	}
}

// many are n short messages, in threes of which the last two are twins.
func many(n int) (all []mailtest.Mail) {
	for i := range n {
		twin := i - i%3/2
		m := mailtest.Mail{Folder: inbox, Date: day(13 + i%15).Add(time.Duration(i) * time.Second)}
		if i/3%2 == 1 {
			m.Folder, m.Flags = work, []string{`\Seen`}
		}
		id := fmt.Sprintf("<many%d@example.org>", twin)
		if twin%5 == 0 {
			id = ""
		}
		m.Bytes = text(id, fmt.Sprintf("number %d", twin), 300+twin)
		all = append(all, m)
	}
	return all
}

func day(n int) time.Time {
	return time.Date(2019, 3, n, 5, 6, 7, 0, time.FixedZone("", 3600))
}

// text is a message of about that many bytes.
func text(id, subject string, size int) []byte {
	head := "From: a@example.org\r\nTo: b@example.org\r\nDate: Fri, 1 Mar 2019 05:06:07 +0100\r\n"
	if id != "" {
		head += "Message-ID: " + id + "\r\n"
	}
	head += "Subject: " + subject + "\r\n\r\n"
	line := subject + " and so on, line by line\r\n"
	return []byte(head + strings.Repeat(line, max(1, (size-len(head))/len(line))))
}

// inOne puts all mail into the inbox, as POP3 has it.
func inOne(mails []mailtest.Mail) []mailtest.Mail {
	for i := range mails {
		mails[i].Folder = inbox
	}
	return mails
}
