package mailtest

import (
	"errors"
	"os"
	"os/exec"
	"testing"
)

// RequireServers is the environment variable which, set to 1, makes a missing
// server a failure: without it the test is skipped.
const RequireServers = "MAILHAUL_REQUIRE_SERVERS"

// Need gives the path of the program name. Without it the test is skipped, or
// fails if [RequireServers] is set.
func Need(t testing.TB, name string) string {
	t.Helper()
	path, err := find(name)
	if err != nil {
		Skip(t, err.Error())
	}
	return path
}

// find gives the path of the program name.
func find(name string) (string, error) {
	for _, candidate := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", errors.New(name + " is not installed")
}

// Skip skips the test for want of a server, or fails it if [RequireServers] is
// set.
func Skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv(RequireServers) == "1" {
		t.Fatalf("%s, and %s=1", why, RequireServers)
	}
	t.Skipf("%s", why)
}
