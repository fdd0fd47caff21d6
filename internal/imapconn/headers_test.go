package imapconn

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Whatever a server leaves out or refuses, only what is gone is left out of the
// headers.
func TestHeadersLeaveOutOnlyWhatIsGone(t *testing.T) {
	const no = "$ NO [EXPUNGEISSUED] Some of the requested messages no longer exist\r\n"
	tests := []struct {
		name  string
		there []int
		fetch func(uids []int, again bool) string
		want  string
	}{
		{"all", []int{1, 2, 3}, each(header), "[1 2 3] <nil>"},
		{"left out at first", []int{1, 2, 3}, func(uids []int, again bool) string {
			return each(func(uid int) string { return unless(uid == 2 && !again, header(uid)) })(uids, again)
		}, "[1 2 3] <nil>"},
		{"gone", []int{1, 3}, each(func(uid int) string { return unless(uid == 2, header(uid)) }), "[1 3] <nil>"},
		{"refused for one that is gone", []int{1, 3}, func(uids []int, _ bool) string {
			if slices.Contains(uids, 2) {
				return unless(uids[0] == 2, header(uids[0])) + no
			}
			return each(header)(uids, true)
		}, "[1 3] <nil>"},
		{"refused unless alone", []int{1, 2, 3}, func(uids []int, _ bool) string {
			if len(uids) > 1 {
				return "$ NO too many\r\n"
			}
			return header(uids[0])
		}, "[1 2 3] <nil>"},
		{"never given", []int{1, 2, 3}, func(uids []int, _ bool) string {
			return each(func(uid int) string { return unless(uid == 2, header(uid)) })(uids, true)
		}, "[] the server lists the message with UID 2, but does not give its header: it leaves it out"},
		{"refused for good", []int{1, 2, 3}, func(uids []int, _ bool) string {
			if slices.Contains(uids, 2) {
				return "$ NO it is broken\r\n"
			}
			return each(header)(uids, true)
		}, `[] the server lists the message with UID 2, but does not give its header: the server answered NO "it is broken"`},
		{"patience", []int{1, 2, 3}, func([]int, bool) string { return "$ NO [THROTTLED] slowly\r\n" },
			`[] the server answered NO "[THROTTLED] slowly"`},
		{"cut off", []int{1, 2, 3}, func([]int, bool) string { return hangUp },
			"[] the server closed the connection: unexpected EOF"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			again := false
			c := inside(t, "", func(command string) string {
				uids := uidsOf(command)
				there := func(uid int) string {
					return unless(!slices.Contains(tc.there, uid), fmt.Sprintf("* 1 FETCH (UID %d)\r\n", uid))
				}
				switch {
				case strings.HasPrefix(command, "UID SEARCH"):
					return "* SEARCH\r\n"
				case strings.HasSuffix(command, "(UID)") && len(tc.there) < 3:
					return strings.Replace(each(there)(uids, true), "$ OK done\r\n", no, 1)
				case strings.HasSuffix(command, "(UID)"):
					return each(there)(uids, true)
				}
				defer func() { again = true }()
				return tc.fetch(uids, again)
			})
			var got []uint32
			length := func(header []byte) int { return len(header) }
			err := Headers(t.Context(), c, []uint32{1, 2, 3}, "(BODY.PEEK[HEADER])", length, func(_ int, h Headed[int]) bool {
				got = append(got, h.UID)
				return h.Sum == 2
			})
			if said := fmt.Sprint(got, err); said != tc.want {
				t.Errorf("got %s, want %s", said, tc.want)
			}
		})
	}
}

func header(uid int) string { return fmt.Sprintf("* 1 FETCH (UID %d BODY[HEADER] {2}\r\na:)\r\n", uid) }
