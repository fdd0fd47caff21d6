package transfer_test

import (
	"context"
	"fmt"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// A whole move in memory. Real sources, destinations, mappers and checkpoints
// come from the packages source, dest, mapping and transfer/checkpoint.
func ExampleRun() {
	old := transfertest.NewMail(transfertest.MailFolder{
		Path:     []string{"INBOX"},
		Messages: []transfertest.MailMessage{{Body: []byte("Subject: hello\r\n\r\nworld\r\n")}},
	})
	anew := transfertest.NewServer(transfertest.ServerOptions{})
	job := transfer.Job{
		Sources:    []transfer.From{{Name: "old", Open: old.Open}},
		Dest:       transfer.To{Name: "new", Open: anew.Open},
		Mapper:     transfertest.Straight{},
		Checkpoint: transfertest.NewMemCheckpoint(),
	}
	for range 2 {
		report, err := transfer.Run(context.Background(), job)
		fmt.Println(report.Tally.Copied, "copied,", report.Tally.Present, "present,", err)
	}
	// Output:
	// 1 copied, 0 present, <nil>
	// 0 copied, 1 present, <nil>
}
