package maildir_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/mailhaul/mailhaul/source/maildir"
)

func Example() {
	root, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	file := filepath.Join(root, ".Sent.2024", "cur", "1704103200.M1P1.host:2,S")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("Subject: hello\n\nHi!\n"), 0o600); err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	src, err := maildir.New(root)
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	folders, err := src.Folders(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range folders {
		for m, err := range src.List(ctx, f, "") {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(f.Name(), m.ID, m.Flags, m.Date.Format(time.DateOnly))
		}
	}
	// Output: Sent/2024 1704103200.M1P1.host [\Seen] 2024-01-01
}
