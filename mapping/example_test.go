package mapping_test

import (
	"fmt"

	"github.com/mailhaul/mailhaul/mapping"
	"github.com/mailhaul/mailhaul/transfer"
)

func Example() {
	m, err := mapping.New(mapping.Rules{
		Unify:   true,
		Exclude: []string{"Spam"},
		Map:     []mapping.Pair{{From: "Lists/*", To: "Archive/*"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	source := []transfer.Folder{
		{Path: []string{"Inbox"}},
		{Path: []string{"Gesendete Objekte"}},
		{Path: []string{"Gesendete Objekte", "2015"}},
		{Path: []string{"Lists", "golang"}},
		{Path: []string{"Invoices 1.1."}},
		{Path: []string{"Spam", "old"}},
	}
	site := transfer.Site{
		Delimiter: ".",
		Folders:   []transfer.Folder{{Path: []string{"INBOX"}}, {Path: []string{"Sent"}, Role: transfer.RoleSent}},
	}
	for i, r := range m.Routes(source, site) {
		if r.Skip != "" {
			fmt.Printf("%s: left out, %s\n", source[i].Name(), r.Skip)
			continue
		}
		fmt.Printf("%s -> %s\n", source[i].Name(), r.To.Name())
	}
	msg, _ := m.Message(transfer.Message{Flags: []transfer.Flag{`\SEEN`, "Forwarded"}})
	fmt.Println(msg.Flags)
	// Output:
	// Inbox -> INBOX
	// Gesendete Objekte -> Sent
	// Gesendete Objekte/2015 -> Sent/2015
	// Lists/golang -> Archive/golang
	// Invoices 1.1. -> Invoices 1_1_
	// Spam/old: left out, excluded by "Spam"
	// [\Seen $Forwarded]
}
