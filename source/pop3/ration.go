package pop3

import (
	"context"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// Gmail shows about 250 of its oldest messages in a session. What a session has
// fetched with RETR it hides from later ones, and does with it what is set on its web
// page, once the session ends with QUIT; a session that just ends hides nothing, nor
// does TOP. So QUIT is said for what has arrived alone.

var _ transfer.Releaser = (*Source)(nil)

// gmailGreeting is what Gmail greets with: "+OK Gpop ready for requests from ...".
const gmailGreeting = "Gpop "

// Rations reports whether the server shows a part of its mail. As user recent:NAME
// Gmail shows the last 30 days, always.
func (s *Source) Rations() bool {
	return strings.HasPrefix(s.greeting, gmailGreeting) && !strings.HasPrefix(s.conn.Access().User, "recent:")
}

// Release fetches what of ms this session has not fetched, and says QUIT.
func (s *Source) Release(ctx context.Context, _ transfer.Folder, ms []transfer.Message) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	rs, err := s.requests(ctx, ms)
	if err != nil {
		return err
	}
	wanted := map[int]bool{}
	for _, r := range rs {
		wanted[r.number] = true
	}
	for n := range s.given {
		if !wanted[n] {
			return s.fail(&Error{text: "the session has fetched mail that did not arrive: another one says which has"})
		}
	}
	rs = slices.DeleteFunc(rs, func(r request) bool { return r.number == 0 || s.given[r.number] })
	err = s.exchange(ctx, rs, func(int, *dots, error) bool { return true })
	if err != nil {
		return err
	}
	if err := s.say("QUIT"); err != nil {
		return err
	}
	refused, err := s.heed("QUIT")
	s.fail(errOver)
	if err == nil {
		err = refused
	}
	return err
}
