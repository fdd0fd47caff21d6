// Package proof holds what tries to prove mailhaul wrong, from outside: the
// folders below run the whole program, or the whole flow over real protocols,
// against cut lines, kills, servers that refuse and lie, and servers that
// attack. Each of them knows what must be true in the end: every message once,
// nothing at the source changed, and never exit 0 for less.
//
// This package is what they share: the real program, built once, run with a
// home of its own, and how it ended.
package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Main runs a package's tests, stops their shared servers and removes the
// program that was built for them:
//
//	func TestMain(m *testing.M) { proof.Main(m) }
func Main(m *testing.M) {
	mailtest.Main(m)
	if dir, _ := built(); dir != "" {
		os.RemoveAll(dir)
	}
}

// Program is the path of the real program, built at the first call.
func Program(t testing.TB) string {
	t.Helper()
	wanted.Store(true)
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name())
}

// Command is one run of the program.
type Command struct {
	Args []string
	// Home holds everything the run keeps: the same Home is the same user. ""
	// is a fresh one.
	Home string
	// Env is added to the environment; both passwords are mailtest.Password
	// unless set here.
	Env []string
	// Typed is what stands on standard input.
	Typed string
	// Limit ends a run that hangs, and the test fails; 0 is one minute.
	Limit time.Duration
}

// End is how a run ended.
type End struct {
	Exit           int // -1 if a signal ended it
	Stdout, Stderr string
	Peak           int64 // largest resident memory, in bytes; 0 where the system does not tell
	Took           time.Duration
	CPU            time.Duration // of the program, in user and system mode
}

// Run runs the program to its end.
func (c Command) Run(t testing.TB) End {
	t.Helper()
	if c.Home == "" {
		c.Home = t.TempDir()
	}
	end, err := c.Measure(t.Context(), Program(t))
	if err != nil {
		t.Fatal(err)
	}
	return end
}

// Measure is Run for those who have no test. The program is what [Build] gave, and
// Home must be set. However the program ends, that is no error.
func (c Command) Measure(ctx context.Context, program string) (End, error) {
	limit := c.Limit
	if limit == 0 {
		limit = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := c.command(ctx, program)
	var out, diag bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diag
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return End{}, fmt.Errorf("%v: %w", c.Args, err)
	}
	peak := watch(cmd.Process.Pid)
	err := cmd.Wait()
	state, took := cmd.ProcessState, time.Since(began)
	end := End{Exit: state.ExitCode(), Stdout: out.String(), Stderr: diag.String(), Peak: peak(), Took: took, CPU: state.UserTime() + state.SystemTime()}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return end, fmt.Errorf("%v: still running after %v: %w, stdout %q, stderr %q", c.Args, took, ctx.Err(), end.Stdout, end.Stderr)
	case err != nil && !errors.As(err, &exit):
		return end, fmt.Errorf("%v: %w", c.Args, err)
	}
	return end, nil
}

// watch looks at a running process every few milliseconds until the returned
// function is called, which answers the largest resident memory seen, in bytes.
// What the system says when it has ended counts the memory of us who started it.
func watch(pid int) (peak func() int64) {
	stop, seen := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		most := int64(0)
		for {
			select {
			case <-tick.C:
				most = max(most, highWater(pid))
			case <-stop:
				seen <- most
				return
			}
		}
	}()
	return func() int64 {
		close(stop)
		return <-seen
	}
}

// highWater is what Linux tells of a running process, in bytes; 0 elsewhere.
func highWater(pid int) (bytes int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	if fields := strings.Fields(rest); found && len(fields) > 0 {
		kib, _ := strconv.ParseInt(fields[0], 10, 64)
		bytes = kib << 10
	}
	return bytes
}

// Prepare makes the command without starting it, for those who kill it.
func (c Command) Prepare(ctx context.Context, t testing.TB) *exec.Cmd {
	t.Helper()
	if c.Home == "" {
		c.Home = t.TempDir()
	}
	return c.command(ctx, Program(t))
}

// command is the program with nothing of our environment but what it needs.
func (c Command) command(ctx context.Context, program string) *exec.Cmd {
	home := c.Home
	cmd := exec.CommandContext(ctx, program, c.Args...)
	cmd.Dir = home
	if c.Typed != "" {
		cmd.Stdin = strings.NewReader(c.Typed)
	}
	cmd.Env = append([]string{
		"HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state"), "XDG_CONFIG_HOME=" + filepath.Join(home, "config"),
		"TMPDIR=" + os.TempDir(), "PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"),
		"MAILHAUL_SOURCE_PASSWORD=" + mailtest.Password, "MAILHAUL_DEST_PASSWORD=" + mailtest.Password,
	}, c.Env...)
	return cmd
}

func name() string {
	if runtime.GOOS == "windows" {
		return "mailhaul.exe"
	}
	return "mailhaul"
}

// built builds the program if any test wanted it, and gives its folder.
func built() (string, error) {
	if !wanted.Load() {
		return "", nil
	}
	return build()
}

// wanted is set once a test asks for the program.
var wanted atomic.Bool

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mailhaul-proof")
	if err != nil {
		return "", err
	}
	_, err = Build(context.Background(), dir)
	return dir, err
})

// Build builds the program into a folder, as it is released, and gives its path.
func Build(ctx context.Context, dir string) (program string, err error) {
	program = filepath.Join(dir, name())
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/mailhaul/mailhaul/cmd/mailhaul")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building mailhaul: %w\n%s", err, text)
	}
	return program, nil
}
