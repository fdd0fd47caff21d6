package mailtest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// process is a server under way in a folder of its own.
type process struct {
	dir    string
	cmd    *exec.Cmd
	exited chan struct{}
}

// launch starts the command, prepared by [own], and returns when greets answers
// yes. What the process wrote is in the error.
func (p *process) launch(cmd *exec.Cmd, greets func() bool) error {
	out, err := os.Create(filepath.Join(p.dir, "out"))
	if err != nil {
		return err
	}
	defer out.Close()
	p.cmd, p.exited = cmd, make(chan struct{})
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = cmd.Wait()
		close(p.exited)
	}()
	if poll(20*time.Second, func() bool { return p.ended() || greets() }) && !p.ended() {
		return nil
	}
	end(cmd)
	<-p.exited
	words, _ := os.ReadFile(out.Name())
	return fmt.Errorf("no greeting from %s: %s", filepath.Base(cmd.Path), strings.TrimSpace(string(words)))
}

func (p *process) ended() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// stop ends the server and all its processes, and removes its files.
func (p *process) stop() error {
	end(p.cmd)
	if !poll(10*time.Second, func() bool { return p.ended() && !alive(p.cmd) }) {
		return fmt.Errorf("process %d or its children live on", p.cmd.Process.Pid)
	}
	return os.RemoveAll(p.dir)
}

// greeting is the first line that a server says, "" if there is none.
func greeting(addr string) string {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return line
}
