package mailtest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Runner is a [testing.M].
type Runner interface{ Run() int }

// shared holds the servers that the tests of one package have in common. It is
// the one changing variable here: Go gives tests nothing else that lives from
// one test to the next.
var shared struct {
	sync.Mutex
	running bool // Main will stop them
	servers map[DovecotOptions]*Server
}

// Main runs a package's tests and stops their [Shared] servers:
//
//	func TestMain(m *testing.M) { mailtest.Main(m) }
func Main(m Runner) { Stopping(m).Run() }

// Stopping wraps a Runner for those who hand it on, as to testscript.Main: after
// the tests it stops the [Shared] servers.
func Stopping(m Runner) Runner { return stopping{m} }

type stopping struct{ Runner }

func (s stopping) Run() int {
	shared.Lock()
	shared.running = true
	shared.Unlock()
	code := s.Runner.Run()
	if err := stopShared(); err != nil {
		panic("mailtest: " + err.Error()) // a server that lives on must be seen
	}
	return code
}

// Shared gives the server with these options, which all tests of the package
// use: each with users of its own, from [Server.NewUser]. The package's
// TestMain must call [Main].
func Shared(t testing.TB, o DovecotOptions) *Server {
	t.Helper()
	binary := Need(t, "dovecot")
	owner, why := mailOwner()
	if why != "" {
		Skip(t, why)
	}
	shared.Lock()
	defer shared.Unlock()
	if !shared.running {
		t.Fatal("mailtest.Shared needs: func TestMain(m *testing.M) { mailtest.Main(m) }")
	}
	if s := shared.servers[o]; s != nil {
		s.complains(t)
		return s
	}
	s, err := start(binary, owner, o)
	if err != nil {
		t.Fatalf("start dovecot: %v", err)
	}
	if shared.servers == nil {
		shared.servers = map[DovecotOptions]*Server{}
	}
	shared.servers[o] = s
	s.complains(t)
	return s
}

// complains tells what the server had to say lately, if the test fails: a
// connection that just ended has its reason there.
func (s *Server) complains(t testing.TB) {
	const most = 10
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		var lines []string
		for line := range strings.Lines(string(log)) {
			if strings.Contains(line, "Error: ") || strings.Contains(line, "Panic: ") || strings.Contains(line, "Fatal: ") {
				lines = append(lines, line)
			}
		}
		t.Logf("dovecot at %s: its last complaints: %q", s.IMAP, lines[max(0, len(lines)-most):])
	})
}

func stopShared() error {
	shared.Lock()
	defer shared.Unlock()
	var errs []error
	for _, s := range shared.servers {
		errs = append(errs, s.Close())
	}
	shared.servers, shared.running = nil, false
	return errors.Join(errs...)
}
