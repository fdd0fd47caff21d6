package transfertest

import (
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestMemCheckpoint(t *testing.T) {
	Checkpoint(t, func(*testing.T) (transfer.Checkpoint, func() transfer.Checkpoint) {
		c := NewMemCheckpoint()
		return c, func() transfer.Checkpoint { return c.Crash() }
	})
}

func TestMemCheckpointCrashLosesWhatWasNotDurable(t *testing.T) {
	ctx := t.Context()
	c := NewMemCheckpoint()
	b, err := c.Enter(ctx, "s", inbox, archive)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Begin(ctx, transfer.Window{To: archive, Epoch: "7", Base: 1, Records: []transfer.Record{letter(b.ID, "1")}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Settle(ctx, []transfer.Record{landed(letter(b.ID, "1"), archive, 1)}); err != nil {
		t.Fatal(err)
	}
	after := c.Crash()
	rs, err := after.Pending(ctx, archive)
	if err != nil || len(rs) != 1 {
		t.Errorf("pending after a crash: got %d, %v, want the open one", len(rs), err)
	}
	if rs, _ = c.Pending(ctx, archive); len(rs) != 0 {
		t.Errorf("pending before the crash: got %d, want 0", len(rs))
	}
}
