package dest_test

import (
	"fmt"
	"testing"

	"github.com/mailhaul/mailhaul/dest"
)

func ExampleOpen() {
	endpoint, err := dest.Parse("imaps://anna@imap.new.example:993")
	if err != nil {
		fmt.Println(err)
		return
	}
	to, err := dest.Open(dest.Access{Endpoint: endpoint})
	fmt.Println(to.Name, err)
	// Output: imaps://anna@imap.new.example <nil>
}

func TestTable(t *testing.T) {
	for scheme, want := range map[string]bool{"imaps": true, "imap": true, "pop3s": false, "mbox": false, "": false} {
		_, err := dest.Open(dest.Access{Endpoint: dest.Endpoint{Scheme: scheme}})
		if (err == nil) != want {
			t.Errorf("%q: got %v, want it to be a destination: %t", scheme, err, want)
		}
	}
}
