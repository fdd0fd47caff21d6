package mailtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// Password is every user's.
const Password = "pw"

// users is how many accounts a server has: u1 to u1000.
const users = 1000

// Server is a private Dovecot. Its accounts are u1 to u1000; a domain after
// the name is ignored, so u7@example.org is u7.
type Server struct {
	IMAP  string // address for plain IMAP and STARTTLS
	IMAPS string // address for IMAP over TLS
	POP3  string // address for plain POP3 and STLS
	POP3S string // address for POP3 over TLS
	// CAFile is the PEM file of the authority that signed the certificate.
	CAFile string
	// Format is how mail is stored.
	Format Format

	process
	fresh atomic.Int64
	many  bool // see DovecotOptions.Many
}

// Dovecot starts a server, which ends with the test. Without Dovecot the test
// is skipped, see [Need].
func Dovecot(t testing.TB, o DovecotOptions) *Server {
	t.Helper()
	binary := Need(t, "dovecot")
	owner, why := mailOwner()
	if why != "" {
		Skip(t, why)
	}
	s, err := start(binary, owner, o)
	if err != nil {
		t.Fatalf("start dovecot: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("stop dovecot: %v", err)
		}
	})
	return s
}

// OpenDovecot is [Dovecot] for programs, which have no test: the caller closes
// the server.
func OpenDovecot(o DovecotOptions) (*Server, error) {
	binary, err := find("dovecot")
	if err != nil {
		return nil, err
	}
	owner, why := mailOwner()
	if why != "" {
		return nil, errors.New(why)
	}
	s, err := start(binary, owner, o)
	if err != nil {
		return nil, fmt.Errorf("start dovecot: %w", err)
	}
	return s, nil
}

// Close ends the server and removes its mail.
func (s *Server) Close() error { return s.stop() }

// DovecotVersion is that of the Dovecot installed here, as 2.3.19.1.
func DovecotVersion() (string, error) {
	binary, err := find("dovecot")
	if err != nil {
		return "", err
	}
	said, err := exec.Command(binary, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("dovecot --version: %w", err)
	}
	version, _, _ := strings.Cut(strings.TrimSpace(string(said)), " ")
	return version, nil
}

// NewUser names an account that nobody else of this process was given.
func (s *Server) NewUser() string {
	n := s.fresh.Add(1)
	if n > users && !s.many {
		panic(fmt.Sprintf("mailtest: a server has %d users only", users))
	}
	return fmt.Sprintf("u%d", n)
}

// Home is the folder where the server keeps the user's mail: mail/ in it, or
// Maildir/ for the Maildir formats. It is there once the user has signed in.
func (s *Server) Home(user string) string { return filepath.Join(s.dir, "home", user) }

// Log is the end of the server's log, up to 16 KB.
func (s *Server) Log() string {
	data, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-16<<10):])
}

// start tries a few sets of ports: another process may be faster.
func start(binary string, owner owner, o DovecotOptions) (s *Server, err error) {
	for range 5 {
		if s, err = startOnce(binary, owner, o); err == nil {
			return s, nil
		}
	}
	return nil, err
}

func startOnce(binary string, owner owner, o DovecotOptions) (*Server, error) {
	dir, err := newDir(o.Many)
	if err != nil {
		return nil, err
	}
	s := &Server{process: process{dir: dir}, many: o.Many, CAFile: filepath.Join(dir, "ca.pem"), Format: o.format()}
	for _, addr := range []*string{&s.IMAP, &s.IMAPS, &s.POP3, &s.POP3S} {
		*addr = freeAddr()
	}
	err = s.write(owner, o)
	if err == nil {
		err = s.start(binary)
	}
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, s.Log())
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// newDir makes a folder that Dovecot's users may enter, with a path short
// enough for the names of its sockets (108 bytes).
func newDir(inMemory bool) (string, error) {
	parent := os.TempDir()
	if inMemory && open("/dev/shm") {
		parent = "/dev/shm"
	}
	if !open(parent) || len(parent) > 50 {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "mailtest")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// open reports whether everybody may enter the folder and those above it.
func open(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return true
		}
		dir = up
	}
}

// freeAddr finds a port below those that the system gives to outgoing
// connections, so that none of these takes it before the server does.
func freeAddr() string {
	for {
		addr := fmt.Sprintf("127.0.0.1:%d", 16000+rand.IntN(16000))
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			return addr
		}
	}
}

// start starts the process and returns when this very server, not another on
// the same port, answers IMAP and POP3.
func (s *Server) start(binary string) error {
	cmd := exec.Command(binary, "-F", "-c", filepath.Join(s.dir, "conf"))
	own(cmd)
	return s.launch(cmd, func() bool {
		return strings.Contains(greeting(s.IMAP), s.greets()) && strings.Contains(greeting(s.POP3), s.greets())
	})
}

// greets is what this server says first.
func (s *Server) greets() string { return filepath.Base(s.dir) + " ready" }
