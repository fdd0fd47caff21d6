package imapconn

import (
	"fmt"
	"strings"
	"testing"
)

func TestPresent(t *testing.T) {
	for _, tc := range []struct {
		name, caps, reply, want string
		fails                   bool
	}{
		{name: "ESEARCH", caps: "ESEARCH", reply: `* ESEARCH (TAG "m1") UID ALL 1:3,5,9:7`, want: "[1 3] [5 5] [7 9]"},
		{name: "with more in it", caps: "ESEARCH", reply: `* ESEARCH (TAG "m1") UID MIN 1 ALL 1:3 MODSEQ 77`, want: "[1 3]"},
		{name: "none", caps: "ESEARCH", reply: `* ESEARCH (TAG "m1") UID`},
		{name: "SEARCH all the same", caps: "ESEARCH", reply: "* SEARCH 4 1", want: "[4 4] [1 1]"},
		{name: "SEARCH", reply: "* SEARCH 1 2", want: "[1 1] [2 2]"},
		{name: "no UIDs", caps: "ESEARCH", reply: `* ESEARCH UID ALL 1:*`, fails: true},
		{name: "nil", caps: "ESEARCH", reply: `* ESEARCH UID ALL 0`, fails: true},
		{name: "nothing", caps: "ESEARCH", reply: `* ESEARCH UID ALL`, fails: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			asked := ""
			c := inside(t, tc.caps, func(command string) string {
				asked = command
				return tc.reply + "\r\n"
			})
			var got []string
			err := c.Wait(c.QueuePresent(1, 9, func(low, high uint32) { got = append(got, fmt.Sprint([]uint32{low, high})) }))
			if (err != nil) != tc.fails || strings.Join(got, " ") != tc.want {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
			if want := strings.Contains(tc.caps, "ESEARCH"); strings.Contains(asked, "RETURN (ALL)") != want {
				t.Errorf("asked %q, want RETURN: %t", asked, want)
			}
		})
	}
}
