package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"slices"
	"strings"
)

// HeaderReader is the power of a [Source] to show headers without what follows.
type HeaderReader interface {
	// Heads yields what [ReadHead] makes of the headers of ms, in order; those
	// that are gone are left out.
	Heads(ctx context.Context, f Folder, ms []Message) iter.Seq2[Headed, error]
}

// Headed is a message by its ID with its header.
type Headed struct {
	ID string
	Head
}

// Head is what people know a message by, and its fields to be compared with those
// of another one. Texts are raw, cut to 200 bytes, and not safe to print.
type Head struct {
	Subject, MessageID string
	fields             []field
}

// field is one header field; its value is only good to be compared.
type field struct {
	name  string
	value uint64
}

// maxFields bounds what is compared of hostile headers.
const maxFields = 500

// ReadHead reads a header. Reading ends at the first blank line.
func ReadHead(header []byte) Head {
	var h Head
	Fields(header, func(name, value []byte) bool {
		switch {
		case h.Subject == "" && bytes.EqualFold(name, []byte("subject")):
			h.Subject = excerpt(value)
		case h.MessageID == "" && bytes.EqualFold(name, []byte("message-id")):
			h.MessageID = excerpt(value)
		}
		sum := fnv.New64a()
		sum.Write(appendUnfolded(nil, value))
		h.fields = append(h.fields, field{string(name[:min(len(name), 80)]), sum.Sum64()})
		return len(h.fields) < maxFields
	})
	return h
}

// unlike tells in what the fields of two headers differ, "" if in nothing.
func unlike(a, b Head) string {
	if len(a.fields) == 0 || len(b.fields) == 0 { // one is not known
		return ""
	}
	gone, more := surplusFields(a.fields, b.fields), surplusFields(b.fields, a.fields)
	var changed, added, lost []string
	for _, f := range gone {
		i := slices.IndexFunc(more, func(g field) bool { return strings.EqualFold(f.name, g.name) })
		if i < 0 {
			lost = append(lost, f.name)
			continue
		}
		more = slices.Delete(more, i, i+1)
		changed = append(changed, f.name)
	}
	for _, f := range more {
		added = append(added, f.name)
	}
	var words []string
	for _, part := range []struct {
		names []string
		what  string
	}{{changed, "differs"}, {added, "was added"}, {lost, "is not there"}} {
		if len(part.names) > 0 {
			words = append(words, "the header "+listOf(part.names)+" "+part.what)
		}
	}
	return strings.Join(words, "; ")
}

func listOf(names []string) string {
	if n := len(names) - 4; n > 0 {
		return strings.Join(names[:4], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ")
}

// surplusFields are those of a that b does not have, as a multiset.
func surplusFields(a, b []field) (left []field) {
	count := map[field]int{}
	key := func(f field) field { return field{strings.ToLower(f.name), f.value} }
	for _, f := range b {
		count[key(f)]++
	}
	for _, f := range a {
		if count[key(f)]--; count[key(f)] < 0 {
			left = append(left, f)
		}
	}
	return left
}

// heads reads the headers by which people know the messages of a page: the
// source's, or the destination's where that is all there is.
func (v *verification) heads(page []matched) (map[*slip]Head, error) {
	slips := make([]*slip, len(page))
	for i, m := range page {
		slips[i] = m.either()
	}
	heads, err := v.headsOf(slips)
	if err != nil {
		return nil, err
	}
	var rest []*slip
	for _, m := range page {
		if m.a != nil && m.b != nil && len(heads[m.a].fields) == 0 {
			rest = append(rest, m.b)
		}
	}
	others, err := v.headsOf(rest)
	for _, m := range page {
		if h, ok := others[m.b]; ok && m.a != nil {
			heads[m.a] = h
		}
	}
	return heads, err
}

func (v *verification) headsOf(slips []*slip) (map[*slip]Head, error) {
	heads := map[*slip]Head{}
	err := v.eachPlace(v.feed, slips, func(src Source, p *place, ms []Message, of map[string]*slip) error {
		if r, ok := src.(HeaderReader); ok {
			for h, err := range r.Heads(v.feed, p.folder, ms) {
				if err != nil {
					return err
				}
				heads[of[h.ID]] = h.Head
			}
			return nil
		}
		for got, err := range src.Fetch(v.feed, p.folder, ms) {
			if err != nil {
				return err
			}
			if got.Err != nil {
				continue
			}
			tap := &headTap{}
			if err := readHeadOf(got.Body, tap); err != nil {
				return err
			}
			heads[of[got.ID]] = ReadHead(tap.head)
		}
		return nil
	})
	return heads, err
}

// readHeadOf reads a body until its header has ended.
func readHeadOf(body io.Reader, tap *headTap) error {
	buf := make([]byte, 4096)
	for body != nil && !tap.ended {
		n, err := body.Read(buf)
		tap.Write(buf[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readDigests reads those of the slips that have none yet.
func (v *verification) readDigests(ctx context.Context, slips []*slip) error {
	slips = slices.DeleteFunc(slices.Clone(slips), func(s *slip) bool { return s.digest != (Digest{}) })
	return v.eachPlace(ctx, slips, func(src Source, p *place, ms []Message, of map[string]*slip) error {
		if d, ok := src.(Digester); ok {
			for sum, err := range d.Digests(ctx, p.folder, ms) {
				if err != nil {
					return err
				}
				of[sum.ID].digest = sum.Digest
			}
			return nil
		}
		for got, err := range src.Fetch(ctx, p.folder, ms) {
			if err != nil {
				return err
			}
			s := of[got.ID]
			if got.Err != nil || s == nil {
				continue
			}
			if s.digest, _, _, err = canonicalOf(got.Body); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachPlace lends a session for the slips of each folder, and another one when
// it breaks. do may be called again with what it had before.
func (v *verification) eachPlace(ctx context.Context, slips []*slip, do func(src Source, p *place, ms []Message, of map[string]*slip) error) error {
	groups := map[uint32][]*slip{}
	var order []uint32
	for _, s := range slips {
		if groups[s.at] == nil {
			order = append(order, s.at)
		}
		groups[s.at] = append(groups[s.at], s)
	}
	for _, at := range order {
		p, ms, of := v.places[at], []Message(nil), map[string]*slip{}
		for _, s := range groups[at] {
			ms, of[s.id] = append(ms, Message{ID: s.id, Size: -1}), s
		}
		if err := v.persist(ctx, func() error {
			return v.with(ctx, p, func(src Source) error { return do(src, p, ms, of) })
		}); err != nil {
			return err
		}
	}
	return nil
}

// persist tries again what failed, where that may help.
func (v *verification) persist(ctx context.Context, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if err == nil || v.hopeless(ctx, err, try) || !v.pause(ctx, err, try) {
			return err
		}
	}
}

// pause waits before another try; false if there is none.
func (v *verification) pause(ctx context.Context, err error, try int) bool {
	delay := pauseLength(try, v.audit.Dest.Name, RetryAfter(err))
	v.ledger.tell(Event{Kind: EventRetry, Err: err, Wait: delay})
	return wait(ctx, delay)
}

func (v *verification) hopeless(ctx context.Context, err error, try int) bool {
	return ctx.Err() != nil || local(err) || SignInRefused(err) || Permanent(err) || try >= v.job.Tries || RetryAfter(err) > longestPause
}

// local reports trouble on this machine.
func local(err error) bool {
	var l *localError
	return errors.As(err, &l)
}
