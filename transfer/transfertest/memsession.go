package transfertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

// serverSession is one session with a [Server].
type serverSession struct {
	*line
	server *Server
	folder []string           // the open one
	wire   []*transfer.Letter // sent and not stored when the connection was lost
}

// removingSession is one with a server that has UIDPLUS.
type removingSession struct{ *serverSession }

// Site implements [transfer.Dest].
func (s *serverSession) Site(ctx context.Context) (transfer.Site, error) {
	if err := s.ready(ctx, s.server.call()); err != nil {
		return transfer.Site{}, fmt.Errorf("list folders: %w", err)
	}
	return s.server.site(), nil
}

// Open implements [transfer.Dest].
func (s *serverSession) Open(ctx context.Context, f transfer.Folder) (transfer.Mailbox, error) {
	err := s.ready(ctx, s.server.call())
	var m transfer.Mailbox
	if err == nil {
		m, err = s.server.open(f)
	}
	if err != nil {
		return m, fmt.Errorf("open %q: %w", f.Name(), err)
	}
	s.folder = slices.Clone(f.Path)
	return m, nil
}

// Read implements [transfer.Dest].
func (s *serverSession) Read(ctx context.Context, f transfer.Folder, uids []uint32) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		err := s.begin(ctx, f)
		held := s.server.Messages(f.Path...)
		for _, uid := range uids {
			if err != nil {
				break
			}
			out := transfer.Fetched{Message: transfer.Message{UID: uid}, Err: transfer.ErrVanished}
			if i := slices.IndexFunc(held, func(m Stored) bool { return m.UID == uid }); i >= 0 {
				out = transfer.Fetched{Message: held[i].message(), Body: bytes.NewReader(held[i].Body)}
			}
			if err = s.readable(ctx); err == nil && !yield(out, nil) {
				return
			}
		}
		if err != nil {
			yield(transfer.Fetched{}, fmt.Errorf("read from %q: %w", f.Name(), err))
		}
	}
}

// Append implements [transfer.Dest].
func (s *serverSession) Append(ctx context.Context, f transfer.Folder, windows func(func([]*transfer.Letter) bool)) iter.Seq2[transfer.Receipt, error] {
	return func(yield func(transfer.Receipt, error) bool) {
		if err := s.begin(ctx, f); err != nil {
			yield(transfer.Receipt{}, fmt.Errorf("append to %q: %w", f.Name(), err))
			return
		}
		p := pull(windows, s.server.options.Ahead)
		err := s.store(ctx, f, p, yield)
		defer p.wait()
		if rest := p.stop(); err != nil && errors.Is(err, ErrLost) {
			s.server.sent(f, append(s.wire, rest...))
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(transfer.Receipt{}, fmt.Errorf("append to %q: %w", f.Name(), err))
		}
	}
}

var errEnough = errors.New("the caller wants no more")

// store takes windows until there is none left or something is in the way.
func (s *serverSession) store(ctx context.Context, f transfer.Folder, p *puller, yield func(transfer.Receipt, error) bool) error {
	for {
		select {
		case w, ok := <-p.windows:
			if !ok {
				return nil
			}
			if err := s.window(ctx, f, w, yield); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closed:
			return errClosed
		}
	}
}

// window stores one window. Receipts follow each letter, or come at its end.
func (s *serverSession) window(ctx context.Context, f transfer.Folder, w []*transfer.Letter, yield func(transfer.Receipt, error) bool) error {
	var owed []transfer.Receipt
	for i, l := range w {
		if err := s.check(ctx, false); err != nil {
			return err
		}
		m, err := received(l)
		if err != nil {
			return err
		}
		if s.server.strike(func(x *ServerFaults) *int { return &x.Sent }) {
			return s.cut(ctx, w[i:])
		}
		r, err := s.server.append(f, l, m)
		if err != nil {
			return errors.Join(err, s.confirm(ctx, owed, nil, yield))
		}
		if s.server.strike(func(x *ServerFaults) *int { return &x.Stored }) {
			return s.cut(ctx, w[i+1:])
		}
		owed = append(owed, r)
		if s.server.options.WindowReceipts && i < len(w)-1 {
			continue
		}
		if err := s.confirm(ctx, owed, w[i+1:], yield); err != nil {
			return err
		}
		owed = owed[:0]
	}
	return nil
}

// confirm hands out receipts; rest is what is on the wire behind them.
func (s *serverSession) confirm(ctx context.Context, rs []transfer.Receipt, rest []*transfer.Letter, yield func(transfer.Receipt, error) bool) error {
	for _, r := range rs {
		if !yield(r, nil) {
			return errEnough
		}
		if s.server.strike(func(x *ServerFaults) *int { return &x.Receipt }) {
			return s.cut(ctx, rest)
		}
	}
	return nil
}

// cut loses the connection with letters on it.
func (s *serverSession) cut(ctx context.Context, wire []*transfer.Letter) error {
	s.wire = slices.Clone(wire)
	return s.check(ctx, true)
}

// Reflag implements [transfer.Reflagger].
func (s *serverSession) Reflag(ctx context.Context, f transfer.Folder, changes []transfer.Reflag) (notes []string, err error) {
	if err = s.begin(ctx, f); err == nil {
		err = s.server.reflag(f, changes)
	}
	if err != nil {
		return nil, fmt.Errorf("reflag in %q: %w", f.Name(), err)
	}
	return nil, nil
}

// Remove implements [transfer.Remover].
func (s removingSession) Remove(ctx context.Context, f transfer.Folder, uids []uint32) error {
	if err := s.begin(ctx, f); err != nil {
		return fmt.Errorf("remove from %q: %w", f.Name(), err)
	}
	s.server.Take(f.Path, uids...)
	return nil
}

// Unmake implements [transfer.Unmaker].
func (s removingSession) Unmake(ctx context.Context, f transfer.Folder, epoch string, next uint32) (removed bool, why string, err error) {
	if err := s.ready(ctx, s.server.call()); err != nil {
		return false, "", fmt.Errorf("remove the folder %q: %w", f.Name(), err)
	}
	if why = s.server.inUse(f, epoch, next); why != "" || !s.server.has(f.Path) {
		return false, why, nil
	}
	s.folder = nil
	s.server.Delete(f.Path...)
	return true, "", nil
}

// begin is the start of every call that needs the open folder.
func (s *serverSession) begin(ctx context.Context, f transfer.Folder) error {
	if err := s.ready(ctx, s.server.call()); err != nil {
		return err
	}
	if !slices.Equal(s.folder, f.Path) {
		return fmt.Errorf("%q is open, not %q", s.folder, f.Path)
	}
	if !s.server.has(f.Path) {
		return errors.New("no such folder")
	}
	return nil
}

// readable is asked before each message that is read.
func (s *serverSession) readable(ctx context.Context) error {
	return s.check(ctx, s.server.strike(func(x *ServerFaults) *int { return &x.Read }))
}

func (s *Server) has(path []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shelf(path) != nil
}

func (m Stored) message() transfer.Message {
	return transfer.Message{UID: m.UID, Date: m.Date, Flags: slices.Clone(m.Flags), Size: int64(len(m.Body)),
		Ident: transfer.Identify(m.Body)}
}

// puller takes windows from a goroutine of its own.
type puller struct {
	windows chan []*transfer.Letter
	enough  chan struct{}
}

func pull(windows func(func([]*transfer.Letter) bool), ahead int) *puller {
	p := &puller{make(chan []*transfer.Letter, ahead), make(chan struct{})}
	go func() {
		defer close(p.windows)
		windows(func(w []*transfer.Letter) bool {
			select {
			case <-p.enough:
				return false
			default:
			}
			select {
			case p.windows <- w:
				return true
			case <-p.enough:
				return false
			}
		})
	}()
	return p
}

// stop says that no more is wanted and answers the letters that were taken
// ahead. The goroutine may still be in a pull, which the caller ends once it
// has got the error: see wait.
func (p *puller) stop() []*transfer.Letter {
	var rest []*transfer.Letter
	for range len(p.windows) {
		rest = append(rest, <-p.windows...)
	}
	close(p.enough)
	return rest
}

// wait waits until the goroutine is over; what it was just offered is not taken.
func (p *puller) wait() {
	for range p.windows {
	}
}
