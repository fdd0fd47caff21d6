package fault

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// popServer is a POP3 server that answers by script where one of its faults
// says so, and well otherwise.
type popServer struct {
	faults []popFault
	mails  [][]byte
	mu     sync.Mutex // guards what follows
	struck []int      // matches of each fault
	mended bool
}

// popFault is one thing that goes wrong.
type popFault struct {
	// on is the command, or its beginning: "RETR 3", "LIST", "GREETING". from and
	// times are as F.From and F.Times.
	on          string
	from, times int
	// say is sent in place of the answer, with its line ends but the last. then
	// closes the connection after it.
	say  string
	then bool
	// edit changes the whole answer, its final dot with it.
	edit func(answer string) string
}

func popFaults(fs ...popFault) *popServer { return &popServer{faults: fs} }

// start gives its address.
func (p *popServer) start(t *testing.T, mails []mailtest.Mail) string {
	p.struck = make([]int, len(p.faults))
	for _, m := range mails {
		p.mails = append(p.mails, m.Bytes)
	}
	return mailtest.Serve(t, func(_ int, conn net.Conn) { p.serve(t, conn) })
}

// mend takes the faults away.
func (p *popServer) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mended = true
}

// strike finds the fault that a command meets.
func (p *popServer) strike(command string) *popFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.faults {
		f := &p.faults[i]
		if p.mended || !strings.HasPrefix(command+" ", f.on+" ") {
			continue
		}
		p.struck[i]++
		from, times := max(f.from, 1), f.times
		if times == 0 {
			times = 1
		}
		if p.struck[i] >= from && (times < 0 || p.struck[i] < from+times) {
			return f
		}
	}
	return nil
}

func (p *popServer) serve(t *testing.T, conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for command := "GREETING"; ; {
		if strings.HasPrefix(command, "DELE") {
			t.Error("DELE was sent")
		}
		answer, f := p.answer(command), p.strike(command)
		switch {
		case f == nil:
		case f.edit != nil:
			answer = f.edit(answer)
		case f.say != "":
			answer = f.say + "\r\n"
		case f.then:
			answer = ""
		}
		if _, err := io.WriteString(conn, answer); err != nil || f != nil && f.then || command == "QUIT" {
			return
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		command = strings.TrimSpace(line)
	}
}

// answer is what a good server says.
func (p *popServer) answer(command string) string {
	var n, lines int
	verb, _, _ := strings.Cut(command, " ")
	fmt.Sscanf(command[len(verb):], "%d %d", &n, &lines)
	total := 0
	for _, m := range p.mails {
		total += len(m)
	}
	switch verb {
	case "CAPA":
		return "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n"
	case "STAT":
		return fmt.Sprintf("+OK %d %d\r\n", len(p.mails), total)
	case "UIDL":
		return p.list(func(i int) string { return fmt.Sprintf("uid%d", i) })
	case "LIST":
		return p.list(func(i int) string { return fmt.Sprint(len(p.mails[i])) })
	case "RETR", "TOP":
		if n < 1 || n > len(p.mails) {
			return "-ERR no such message\r\n"
		}
		text := p.mails[n-1]
		if verb == "TOP" {
			text = text[:bytes.Index(text, []byte("\r\n\r\n"))+4]
		}
		return "+OK\r\n" + strings.TrimPrefix(strings.ReplaceAll("\r\n"+string(text), "\r\n.", "\r\n.."), "\r\n") + ".\r\n"
	}
	return "+OK\r\n"
}

func (p *popServer) list(about func(i int) string) string {
	out := "+OK\r\n"
	for i := range p.mails {
		out += fmt.Sprintf("%d %s\r\n", i+1, about(i))
	}
	return out + ".\r\n"
}
