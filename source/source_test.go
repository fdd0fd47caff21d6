package source_test

import (
	"fmt"
	"testing"

	"github.com/mailhaul/mailhaul/source"
)

func ExampleOpen() {
	endpoint, err := source.Parse("pop3s://anna@pop.old.example")
	if err != nil {
		fmt.Println(err)
		return
	}
	from, err := source.Open(source.Access{Endpoint: endpoint})
	fmt.Println(from.Name, from.Sessions, err)
	// Output: pop3s://anna@pop.old.example 1 <nil>
}

func TestTable(t *testing.T) {
	for _, scheme := range []string{"imaps", "imap", "pop3s", "pop3", "mbox", "maildir"} {
		from, err := source.Open(source.Access{Endpoint: source.Endpoint{Scheme: scheme}})
		if err != nil || from.Open == nil {
			t.Errorf("%s: got %v, want a source", scheme, err)
		}
	}
	if _, err := source.Open(source.Access{Endpoint: source.Endpoint{Scheme: "ftp"}}); err == nil {
		t.Error("ftp: got no error")
	}
}

func TestMissingFileIsNoSource(t *testing.T) {
	for _, scheme := range []string{"mbox", "maildir"} {
		from, err := source.Open(source.Access{Endpoint: source.Endpoint{Scheme: scheme, Path: t.TempDir() + "/none"}})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := from.Open(t.Context()); err == nil || s != nil {
			t.Errorf("%s: got %v, %v, want nil and an error", scheme, s, err)
		}
	}
}
