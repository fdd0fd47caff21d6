package imap

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// breaking is a connection in which we panic when a letter is sent.
type breaking struct{ net.Conn }

func (b breaking) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "APPEND") {
		panic(string(p))
	}
	return b.Conn.Write(p)
}

// TestAPanicWhileLettersAreWrittenIsAnErrorOfAppend, and nobody waits for ever for
// answers to what was not sent.
func TestAPanicWhileLettersAreWrittenIsAnErrorOfAppend(t *testing.T) {
	for name, caps := range kinds {
		for _, width := range []int{1, 3} {
			server := mailtest.Shared(t, mailtest.DovecotOptions{Capability: caps})
			to := access(t, server.IMAP, server.NewUser())
			to.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
				return breaking{conn}, err
			}
			d, err := New(t.Context(), to)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			d.(transfer.Wide).Widen(width)
			began := time.Now()
			_, err = send(t, d, some(0, 20), some(20, 20))
			var crash *transfer.Crash
			if !errors.As(err, &crash) || !strings.Contains(strings.Join(crash.Where, "\n"), "imap.breaking.Write") {
				t.Errorf("%s, %d wide: got %v, want a crash and where it was", name, width, err)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("%s, %d wide: got an end after %v, want it at once", name, width, took)
			}
		}
	}
}
