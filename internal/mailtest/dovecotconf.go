package mailtest

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// Format is how a [Server] stores mail.
type Format string

// The storage formats of Dovecot that tests use.
const (
	Sdbox     Format = "sdbox"     // the default
	Mdbox     Format = "mdbox"     // many messages a file
	Maildir   Format = "maildir"   // Maildir++: folders are .A.B
	MaildirFS Format = "maildirfs" // nested folders A/B
)

// DovecotOptions say what kind of [Server] to start. The zero value is one that
// stores in sdbox, separates by "/" and has all capabilities.
type DovecotOptions struct {
	Format    Format
	Separator string // between the levels of a folder name; "" is "/"
	Prefix    string // of the personal namespace, for example "INBOX."
	// Capability replaces what the server says it can do ("IMAP4rev1 UIDPLUS"
	// hides the rest), or adds to it ("+X-NEW").
	Capability string
	// QuotaBytes and QuotaMessages limit an account, 0 is no limit.
	QuotaBytes    int64
	QuotaMessages int
	MaxSize       int64 // largest message in bytes, 0 is no limit
	// Fsync is mail_fsync: "" is never, as tests ask for speed.
	Fsync    string
	MaxConns int    // connections a user may have at once, 0 is 100
	POP3     string // further settings for POP3, one a line
	// Many is for tests with thousands of sign-ins: every name is an account,
	// processes serve one session after the other, and mail is kept in memory
	// where the system has a file system there.
	Many bool
	// Cert is what is wrong with the certificate.
	Cert CertKind
	// Extra is further configuration, which overrides all above.
	Extra string
}

func (o DovecotOptions) format() Format {
	if o.Format == "" {
		return Sdbox
	}
	return o.Format
}

func (o DovecotOptions) location() string {
	switch o.format() {
	case Maildir:
		return "maildir:~/Maildir"
	case MaildirFS:
		return "maildir:~/Maildir:LAYOUT=fs"
	default:
		return string(o.format()) + ":~/mail"
	}
}

// quota gives the plug-in's name and its settings, or nothing.
func (o DovecotOptions) quota() (plugin, settings string) {
	if o.QuotaBytes == 0 && o.QuotaMessages == 0 && o.MaxSize == 0 {
		return "", ""
	}
	rule := fmt.Sprintf("*:storage=%dB", o.QuotaBytes)
	if o.QuotaMessages > 0 {
		rule += fmt.Sprintf(":messages=%d", o.QuotaMessages)
	}
	settings = "quota = count:User quota\nquota_vsizes = yes\nquota_rule = " + rule
	if o.MaxSize > 0 {
		settings += fmt.Sprintf("\nquota_max_mail_size = %dB", o.MaxSize)
	}
	return "quota", settings
}

// owner is who the server's processes run as.
type owner struct {
	root     bool
	name     string
	uid, gid int
}

// mailOwner is the user mail if we are root, else ourselves; why tells that
// there is nobody.
func mailOwner() (o owner, why string) {
	u, err := user.Current()
	if err != nil {
		return o, "nobody to run dovecot as: " + err.Error()
	}
	o.root = u.Uid == "0"
	if o.root {
		if u, err = user.Lookup("mail"); err != nil {
			return o, "no user to run dovecot as: " + err.Error()
		}
	}
	o.name = u.Username
	o.uid, _ = strconv.Atoi(u.Uid)
	o.gid, _ = strconv.Atoi(u.Gid)
	return o, ""
}

// write puts the server's files into its folder.
func (s *Server) write(owner owner, o DovecotOptions) error {
	cert, key := encode(CA().Issue(o.Cert))
	var passwd strings.Builder
	for n := 1; n <= users; n++ {
		fmt.Fprintf(&passwd, "u%d:{PLAIN}%s::::::\n", n, Password)
	}
	files := []struct {
		name string
		text string
		mode os.FileMode
	}{
		{"conf", s.config(owner, o), 0o644},
		{"passwd", passwd.String(), 0o644},
		{"ca.pem", string(CA().PEM()), 0o644},
		{"cert.pem", string(cert), 0o644},
		{"key.pem", string(key), 0o600},
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(s.dir, f.name), []byte(f.text), f.mode); err != nil {
			return err
		}
	}
	home := filepath.Join(s.dir, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		return err
	}
	return os.Chown(home, owner.uid, owner.gid)
}

// config is written for Dovecot 2.3. Nothing of the system's own configuration
// is read.
func (s *Server) config(owner owner, o DovecotOptions) string {
	plugin, settings := o.quota()
	var c strings.Builder
	set := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&c, "%s = %s\n", name, value)
		}
	}
	set("base_dir", s.dir+"/run")
	set("state_dir", s.dir+"/run")
	set("log_path", s.dir+"/log")
	set("instance_name", filepath.Base(s.dir))
	set("login_greeting", s.greets())
	set("protocols", "imap pop3")
	set("listen", "127.0.0.1")
	set("ssl", "yes")
	set("ssl_cert", "<"+s.dir+"/cert.pem")
	set("ssl_key", "<"+s.dir+"/key.pem")
	set("disable_plaintext_auth", "no")
	set("auth_mechanisms", "plain login")
	set("auth_username_format", "%Ln")
	set("auth_failure_delay", "0")
	set("mail_uid", strconv.Itoa(owner.uid))
	set("mail_gid", strconv.Itoa(owner.gid))
	set("first_valid_uid", "1")
	set("mail_home", s.dir+"/home/%u")
	set("mail_location", o.location())
	set("mail_fsync", cmp.Or(o.Fsync, "never"))
	set("mail_max_userip_connections", strconv.Itoa(cmp.Or(o.MaxConns, 100)))
	set("mail_plugins", plugin)
	set("imap_capability", o.Capability)
	block(&c, "namespace inbox", "inbox = yes", "separator = "+cmp.Or(o.Separator, "/"), "prefix = "+o.Prefix)
	if o.Many {
		block(&c, "passdb", "driver = static", "args = password="+Password)
		block(&c, "service imap", "service_count = 0", "client_limit = 1", "process_limit = 1000")
		block(&c, "service pop3", "service_count = 0", "client_limit = 1", "process_limit = 1000")
	} else {
		block(&c, "passdb", "driver = passwd-file", "args = username_format=%u "+s.dir+"/passwd")
	}
	block(&c, "userdb", "driver = static",
		fmt.Sprintf("args = uid=%d gid=%d home=%s/home/%%u allow_all_users=yes", owner.uid, owner.gid, s.dir))
	block(&c, "plugin", settings)
	if plugin != "" {
		block(&c, "protocol imap", "mail_plugins = quota imap_quota")
	}
	block(&c, "protocol pop3", o.POP3)
	listen(&c, "imap", s.IMAP, s.IMAPS)
	listen(&c, "pop3", s.POP3, s.POP3S)
	// A wrong password must not slow down the sign-ins after it.
	block(&c, "service anvil", "unix_listener anvil-auth-penalty {\n mode = 0\n}")
	if !owner.root {
		c.WriteString(asOneself(owner.name))
	}
	c.WriteString(o.Extra + "\n")
	return c.String()
}

// asOneself is what Dovecot needs to run without root: one user, no chroot.
func asOneself(name string) string {
	var c strings.Builder
	fmt.Fprintf(&c, "default_internal_user = %s\ndefault_login_user = %s\n", name, name)
	fmt.Fprintf(&c, "default_internal_group =\n")
	for _, service := range []string{"anvil", "imap-login", "pop3-login", "stats"} {
		block(&c, "service "+service, "chroot =")
	}
	return c.String()
}

// listen opens the protocol's two ports. One process serves all sign-ins.
func listen(c *strings.Builder, protocol, plain, tls string) {
	port := func(addr string) string {
		_, port, _ := net.SplitHostPort(addr)
		return port
	}
	block(c, "service "+protocol+"-login", "service_count = 0",
		"inet_listener "+protocol+" {\n port = "+port(plain)+"\n}",
		"inet_listener "+protocol+"s {\n port = "+port(tls)+"\n ssl = yes\n}")
}

func block(c *strings.Builder, name string, lines ...string) {
	fmt.Fprintf(c, "%s {\n%s\n}\n", name, strings.Join(lines, "\n"))
}
