package kill

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// call is a step: a system call that changes what outlives the process.
type call struct {
	name   string
	number int    // of the step, from 1; 0 for what goes to stdout, which is none
	path   string // of the file; "socket:[...]" for a socket, or stdout
	offset int64  // of a write, length of a truncation
	data   []byte // of a write to a file
	result int64  // after the call: negative is an error
	made   bool   // an open that made the file
}

const stdout = "stdout"

// socket reports whether the step speaks to a server.
func (c *call) socket() bool { return strings.HasPrefix(c.path, "socket:") }

// action is what a watcher wants done.
type action int

const (
	goOn action = iota
	kill        // all threads, at once
)

// watcher sees each step before and after it takes effect. It is called from
// one goroutine. Killed before, the step has no effect; killed after, it has all
// of it, and the program does not learn that.
type watcher interface {
	before(c *call) action
	after(c *call) action
}

// tracer runs a process and stops all of its threads at each system call
// (ptrace(2)). It is exact: a step is counted when the kernel is about to do it.
type tracer struct {
	dir     string // steps on files are those below it
	watcher watcher
	started func(kill func()) // may be nil

	pid     int
	memory  *os.File
	count   int
	entered map[int]*call // by thread
}

// Numbers that the syscall package does not have.
const (
	ptraceExitKill       = 0x100000
	ptraceGetSyscallInfo = 0x420e
	syscallRenameat2     = 316
	waitAll              = 0x40000000 // __WALL
)

// needTracing skips the test where a process may not be traced.
func needTracing(t *testing.T) {
	t.Helper()
	w := &counter{}
	if _, err := (&tracer{dir: t.TempDir(), watcher: w}).run(exec.Command("/bin/true")); err != nil {
		t.Skipf("no process can be traced here: %v", err)
	}
}

// run runs cmd to its end. killed tells that the watcher, or a signal, ended it.
func (tr *tracer) run(cmd *exec.Cmd) (killed bool, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// All of ptrace is between two threads. Ours must live on: a server that
		// it once started would end with it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		killed, err = tr.trace(cmd)
	}()
	<-done
	return killed, err
}

func (tr *tracer) trace(cmd *exec.Cmd) (bool, error) {
	// A process group of its own, so that no other child is waited for.
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	defer func() { _ = cmd.Wait() }() // its status is taken already
	tr.pid, tr.entered = cmd.Process.Pid, map[int]*call{}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(tr.pid, &status, 0, nil); err != nil {
		return false, fmt.Errorf("wait for the start: %w", err)
	}
	var err error
	if tr.memory, err = os.Open(fmt.Sprintf("/proc/%d/mem", tr.pid)); err != nil {
		return false, err
	}
	defer tr.memory.Close()
	options := syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACEEXEC | ptraceExitKill
	if err := syscall.PtraceSetOptions(tr.pid, options); err != nil {
		return false, fmt.Errorf("ptrace: %w", err)
	}
	if tr.started != nil {
		tr.started(func() { _ = syscall.Kill(tr.pid, syscall.SIGKILL) })
	}
	if err := tr.resume(tr.pid, 0); err != nil {
		return false, err
	}
	return tr.loop()
}

// loop handles one stop of one thread after the other, until the last has ended.
func (tr *tracer) loop() (killed bool, err error) {
	for {
		var status syscall.WaitStatus
		thread, err := syscall.Wait4(-tr.pid, &status, waitAll, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.ECHILD):
			return killed, nil
		case err != nil:
			return killed, fmt.Errorf("wait: %w", err)
		case status.Signaled():
			killed = true
			continue
		case !status.Stopped():
			continue
		}
		signal, act := 0, goOn
		switch s := status.StopSignal(); {
		case s == syscall.SIGTRAP|0x80:
			act = tr.stop(thread)
		case s == syscall.SIGTRAP, s == syscall.SIGSTOP: // an event, a new thread
		default:
			signal = int(s)
		}
		if act == kill {
			killed = true
			if err := syscall.Kill(tr.pid, syscall.SIGKILL); err != nil {
				return killed, err
			}
			continue
		}
		if err := tr.resume(thread, signal); err != nil {
			return killed, err
		}
	}
}

// resume lets a thread run to its next stop; a dead one does not mind.
func (tr *tracer) resume(thread, signal int) error {
	if err := syscall.PtraceSyscall(thread, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("ptrace: %w", err)
	}
	return nil
}

// info is struct ptrace_syscall_info.
type info struct {
	op    uint8 // 1 entry, 2 exit
	_     [3]uint8
	_     uint32
	_, _  uint64
	value [8]uint64 // number and arguments, or result
}

// stop handles the entry into a system call or the exit from it.
func (tr *tracer) stop(thread int) action {
	var i info
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PTRACE, ptraceGetSyscallInfo, uintptr(thread),
		unsafe.Sizeof(i), uintptr(unsafe.Pointer(&i)), 0, 0)
	if errno != 0 {
		return goOn // it was killed
	}
	if i.op == 2 {
		c := tr.entered[thread]
		if c == nil {
			return goOn
		}
		delete(tr.entered, thread)
		c.result = int64(i.value[0])
		return tr.watcher.after(c)
	}
	c := tr.step(i.value[0], i.value[1:])
	if c == nil {
		return goOn
	}
	if c.path != stdout {
		tr.count++
		c.number = tr.count
	}
	tr.entered[thread] = c
	return tr.watcher.before(c)
}

// step is the call with that number and arguments if it is a step, else nil.
func (tr *tracer) step(number uint64, args []uint64) *call {
	const cwd = 0
	switch number {
	case syscall.SYS_WRITE:
		return tr.onFD("write", args[0], -1, args[1], args[2])
	case syscall.SYS_PWRITE64:
		return tr.onFD("pwrite", args[0], int64(args[3]), args[1], args[2])
	case syscall.SYS_WRITEV, syscall.SYS_PWRITEV:
		return tr.onFD("writev", args[0], -1, 0, 0)
	case syscall.SYS_SENDTO, syscall.SYS_SENDMSG:
		return tr.onFD("send", args[0], -1, 0, 0)
	case syscall.SYS_FTRUNCATE:
		return tr.onFD("truncate", args[0], int64(args[1]), 0, 0)
	case syscall.SYS_FALLOCATE:
		return tr.onFD("fallocate", args[0], 0, 0, 0)
	case syscall.SYS_FSYNC, syscall.SYS_FDATASYNC:
		return tr.onFD("sync", args[0], 0, 0, 0)
	case syscall.SYS_OPEN:
		return tr.onPath("open", args[0], args[1])
	case syscall.SYS_OPENAT:
		return tr.onPath("open", args[1], args[2])
	case syscall.SYS_MKDIR:
		return tr.onPath("mkdir", args[0], cwd)
	case syscall.SYS_MKDIRAT:
		return tr.onPath("mkdir", args[1], cwd)
	case syscall.SYS_UNLINK:
		return tr.onPath("unlink", args[0], cwd)
	case syscall.SYS_UNLINKAT:
		return tr.onPath("unlink", args[1], cwd)
	case syscall.SYS_RENAME, syscall.SYS_LINK, syscall.SYS_TRUNCATE:
		return tr.onPath("rename", args[0], cwd)
	case syscall.SYS_RENAMEAT, syscall.SYS_LINKAT, syscallRenameat2:
		return tr.onPath("rename", args[1], cwd)
	}
	return nil
}

func (tr *tracer) onFD(name string, fd uint64, offset int64, at, size uint64) *call {
	if fd == 1 {
		return &call{name: name, path: stdout, data: tr.read(at, size)}
	}
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tr.pid, int32(fd)))
	if err != nil {
		return nil
	}
	c := &call{name: name, path: path, offset: offset}
	switch {
	case c.socket():
		return c
	case !tr.below(path):
		return nil
	}
	if size > 0 {
		c.data = tr.read(at, size)
	}
	return c
}

// onPath is for calls that name a file; of opens only those that make it.
func (tr *tracer) onPath(name string, at, flags uint64) *call {
	path, _, ended := bytes.Cut(tr.read(at, 4096), []byte{0})
	if !ended || !tr.below(string(path)) {
		return nil
	}
	c := &call{name: name, path: string(path)}
	if name == "open" {
		_, err := os.Lstat(c.path)
		c.made = err != nil && flags&syscall.O_CREAT != 0
		if c.offset = 0; flags&syscall.O_TRUNC != 0 && err == nil {
			return &call{name: "truncate", path: c.path}
		}
		if !c.made {
			return nil
		}
	}
	return c
}

func (tr *tracer) below(path string) bool {
	return path == tr.dir || strings.HasPrefix(path, tr.dir+string(filepath.Separator))
}

// read reads the process's memory; it may end where a page is missing.
func (tr *tracer) read(at, size uint64) []byte {
	b := make([]byte, size)
	n, _ := tr.memory.ReadAt(b, int64(at))
	return slices.Clip(b[:n])
}
