package mailtest

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// CyrusServer is a private Cyrus IMAP server. Every name is an account, with
// any password; it is made by its first sign-in.
type CyrusServer struct {
	IMAP string // address for plain IMAP

	process
}

// CyrusProxy is who may sign in on behalf of others.
const CyrusProxy = "mover"

// cyrusBin is where Debian's package cyrus-common puts its programs, and
// cyrus-imapd the program imapd. The latter cannot be installed beside
// dovecot-imapd, but unpacked elsewhere:
//
//	apt-get download cyrus-imapd && dpkg -x cyrus-imapd_*.deb /opt/cyrus
const cyrusBin = "/usr/lib/cyrus/bin"

// imapds are the places where imapd is looked for.
var imapds = []string{cyrusBin + "/imapd", "/opt/cyrus" + cyrusBin + "/imapd"}

// HasCyrus reports whether [Cyrus] can start one.
func HasCyrus() bool {
	_, err := exec.LookPath(cyrusBin + "/master")
	return err == nil && imapd() != ""
}

func imapd() string {
	for _, path := range imapds {
		if _, err := exec.LookPath(path); err == nil {
			return path
		}
	}
	return ""
}

// Cyrus starts a server, which ends with the test. Without Cyrus the test is
// skipped, see [Need]. Run by root, it takes the rights of the user cyrus.
func Cyrus(t testing.TB) *CyrusServer {
	t.Helper()
	master := Need(t, cyrusBin+"/master")
	if imapd() == "" {
		Skip(t, "cyrus-imapd is not installed")
	}
	owner, why := cyrusOwner()
	if why != "" {
		Skip(t, why)
	}
	var s *CyrusServer
	var err error
	for range 5 { // another process may be faster with a port
		if s, err = startCyrus(master, owner); err == nil {
			t.Cleanup(func() { _ = s.stop() }) // its idle children take a minute
			return s
		}
	}
	t.Fatalf("start cyrus: %v", err)
	return nil
}

// cyrusOwner is the user that the server runs as.
func cyrusOwner() (owner, string) {
	me, why := mailOwner()
	if why != "" || !me.root {
		return me, why
	}
	u, err := user.Lookup("cyrus")
	if err != nil {
		return me, "no user to run cyrus as: " + err.Error()
	}
	me.name = u.Username
	me.uid, _ = strconv.Atoi(u.Uid)
	me.gid, _ = strconv.Atoi(u.Gid)
	return me, ""
}

func startCyrus(master string, o owner) (*CyrusServer, error) {
	dir, err := newDir(true)
	if err != nil {
		return nil, err
	}
	s := &CyrusServer{IMAP: freeAddr(), process: process{dir: dir}}
	if err = s.write(o); err == nil {
		err = s.start(master, o)
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// write puts the configuration and the folders in place.
func (s *CyrusServer) write(o owner) error {
	for _, name := range []string{"config", "config/socket", "config/db", "config/db.backup1", "config/db.backup2", "mail", "run", "tmp"} {
		if err := os.MkdirAll(filepath.Join(s.dir, name), 0o755); err != nil {
			return err
		}
	}
	settings := "configdirectory: DIR/config\npartition-default: DIR/mail\ndefaultpartition: default\n" +
		"proc_path: DIR/run/proc\nmboxname_lockpath: DIR/run/lock\ntemp_path: DIR/tmp\n" +
		"proxyservers: " + CyrusProxy + "\ncyrus_user: " + o.name + "\nservername: cyrus.test\nvirtdomains: off\n" +
		"unixhierarchysep: yes\naltnamespace: yes\nautocreate_quota: 0\n" +
		"sasl_pwcheck_method: alwaystrue\nsasl_mech_list: PLAIN LOGIN\nallowplaintext: yes\n" +
		"skiplist_unsafe: yes\nexpunge_mode: immediate\ndelete_mode: immediate\nmunge8bit: no\nsyslog_prefix: mailtest\n"
	service := "START {\n recover cmd=\"" + cyrusBin + "/ctl_cyrusdb -C DIR/imapd.conf -r\"\n}\nSERVICES {\n imap cmd=\"" + imapd() +
		" -C DIR/imapd.conf -U 100000 -T 60\" listen=\"" + s.IMAP + "\" prefork=4 maxchild=1000\n}\nEVENTS {\n}\n"
	for name, text := range map[string]string{"imapd.conf": settings, "cyrus.conf": service} {
		text = strings.ReplaceAll(text, "DIR", s.dir)
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return filepath.Walk(s.dir, func(path string, _ os.FileInfo, err error) error {
		if err != nil || !o.root {
			return err
		}
		return os.Chown(path, o.uid, o.gid)
	})
}

// start starts the process and returns when the server has greeted us.
func (s *CyrusServer) start(master string, o owner) error {
	conf := func(name string) string { return filepath.Join(s.dir, name) }
	cmd := exec.Command(master, "-C", conf("imapd.conf"), "-M", conf("cyrus.conf"), "-p", conf("run/master.pid"))
	own(cmd)
	lower(cmd, o)
	return s.launch(cmd, func() bool {
		line := greeting(s.IMAP)
		return strings.HasPrefix(line, "* OK ") && strings.Contains(line, "cyrus.test")
	})
}
