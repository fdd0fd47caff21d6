package cut

import (
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// kind is one way to lose a line.
type kind struct {
	name string
	// late is how long after the cut the bytes under way still land.
	late time.Duration
	// settle is the job's, silence how long the client bears a line that stands
	// still.
	settle, silence time.Duration
	// times is how many connections are lost, one after the other; 0 is one.
	times int
}

// patience is a silence that no busy machine makes by itself.
const patience = 30 * time.Second

var kinds = []kind{
	{name: "rst", settle: time.Second, silence: patience},
	{name: "fin", settle: time.Second, silence: patience},
	{name: "stall", settle: 100 * time.Millisecond, silence: 1500 * time.Millisecond},
	{name: "late", late: 700 * time.Millisecond, settle: time.Second, silence: patience},
	{name: "later", late: 2500 * time.Millisecond, settle: 5 * time.Second, silence: patience},
	{name: "beyond", late: 2500 * time.Millisecond, settle: time.Second, silence: patience},
	{name: "thrice", late: 700 * time.Millisecond, settle: time.Second, silence: patience, times: 3},
}

// beyond reports whether bytes land after the settle time.
func (k kind) beyond() bool { return k.late > k.settle }

// hush is how long a client is silent that waits for an answer.
const hush = 25 * time.Millisecond

// landing is when the late bytes of a kind that goes beyond the settle time land.
type landing int

const (
	byTheClock landing = iota // so long after the cut
	inTheRetry                // when the next connection has sent some bytes
	afterTheRun
)

// landsAt takes these by turns.
func (k kind) landsAt(n int64) landing {
	if k.beyond() {
		return landing(n / 2 % 3)
	}
	return byTheClock
}

// lost tells at which byte a connection is lost the time'th time, counted from 0;
// 0 for not at all. After the first time it is sooner, for there is less to send.
func (k kind) lost(time int, n int64) int64 {
	if time >= max(k.times, 1) {
		return 0
	}
	return max(n>>time, 1)
}

// plan loses a connection at byte n. Of what is late there are two
// forms, by turns: the line ends at byte n, and what the proxy holds of the
// bytes before it is late; or it stands still at byte n, the client writes on
// until it waits for an answer, and all that is late.
func (k kind) plan(up bool, n int64, release <-chan struct{}) mailtest.Plan {
	plan := mailtest.Plan{Late: k.late, Reset: k.name == "rst", ResetServer: k.name == "rst"}
	if k.landsAt(n) != byTheClock {
		plan.Late, plan.Release = time.Millisecond, release
	}
	leg := mailtest.Leg{CutAfter: n}
	switch {
	case k.name == "stall":
		leg = mailtest.Leg{StallAfter: n}
	case k.late > 0 && n%2 == 0:
		leg = mailtest.Leg{StallAfter: n}
		plan.Quiet = hush
	}
	if up {
		plan.Up = leg
	} else {
		plan.Down = leg
	}
	return plan
}

func kindOf(name string) (kind, bool) {
	for _, k := range kinds {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}
