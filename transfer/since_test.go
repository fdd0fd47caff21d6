package transfer_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// clerk counts what the lists of a source tell, and may falsify brief ones.
type clerk struct {
	since              string // of the last list
	all                bool   // the same
	full, brief, gives int
	forge              func(ms []transfer.Message) []transfer.Message
}

type clerkSource struct {
	transfer.Source
	transfer.Identifier
	*clerk
}

// watchLists has the flow's source watched.
func (f *flow) watchLists() *clerk {
	c := &clerk{}
	f.job.Sources[0].Open = func(ctx context.Context) (transfer.Source, error) {
		s, err := f.mail.Open(ctx)
		if err != nil {
			return nil, err
		}
		return clerkSource{s, s.(transfer.Identifier), c}, nil
	}
	return c
}

func (s clerkSource) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		var ms []transfer.Message
		for m, err := range s.Source.List(ctx, f, after) {
			if err != nil {
				yield(m, err)
				return
			}
			ms = append(ms, m)
		}
		s.all = f.All
		if s.since = f.Since; f.Since != "" && s.forge != nil {
			ms = s.forge(ms)
		}
		for _, m := range ms {
			if m.Brief == 0 {
				s.full++
			} else {
				s.brief++
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

func (s clerkSource) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	s.gives += len(ms)
	return s.Source.Fetch(ctx, f, ms)
}

// asWas is what a brief list tells of a message that has not changed.
func asWas(id string) transfer.Message {
	return transfer.Message{ID: id, Size: -1, Brief: transfer.Unchanged}
}

// A folder that has changed a little is listed a little, and all is carried that
// has changed.
func TestListsAreBrief(t *testing.T) {
	for _, stateless := range []bool{false, true} {
		ms := messages(200)
		from := folder(inbox, ms...)
		from.Stateless = stateless
		f := newFlow(t, transfertest.ServerOptions{}, from)
		c := f.watchLists()
		f.mustRun(transfer.Tally{Copied: 200})
		if c.brief > 0 || c.since != "" {
			t.Errorf("first copy: got %d listed briefly since %q, want none", c.brief, c.since)
		}
		ms = append(ms, message("new", "Subject: new", "more"))
		f.mail.Add(inbox, ms[200])
		ms[0].Flags = []transfer.Flag{transfer.Answered}
		f.mail.Change(inbox, "1", func(m *transfertest.MailMessage) { m.Flags = ms[0].Flags })
		ms[7].Flags = []transfer.Flag{transfer.Seen}
		f.mail.Change(inbox, "8", func(m *transfertest.MailMessage) { m.Flags = ms[7].Flags })
		f.mail.Remove(inbox, "9")
		c.full, c.brief, c.gives = 0, 0, 0
		f.mustRun(transfer.Tally{Copied: 1, Present: 199})
		f.same(inbox, ms...)
		// Three lists: of what is there, what of it is news, what is to be fetched.
		if lists := (c.full + c.brief) / 200; lists > 3 || c.full > 5*lists || c.gives != 1 {
			t.Errorf("stateless %t: got %d listed in full and %d briefly, %d fetched, want few, most and 1", stateless, c.full, c.brief, c.gives)
		}
		f.mustRun(transfer.Tally{Present: 200})
	}
}

// A message that went out and back has another ID, and was carried.
func TestOutAndBackWhileListedBriefly(t *testing.T) {
	ms := messages(50)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	c := f.watchLists()
	f.mustRun(transfer.Tally{Copied: 50})
	f.mail.Remove(inbox, ms[4].ID)
	back := ms[4]
	back.ID = "back"
	f.mail.Add(inbox, back)
	f.mustRun(transfer.Tally{Present: 50})
	f.same(inbox, ms...)
	if c.brief == 0 {
		t.Error("got whole lists, want brief ones")
	}
}

// An interrupted pass does not count: the next one lists what is new since the one
// before it.
func TestInterruptedPassDoesNotShortenTheNext(t *testing.T) {
	ms := messages(500)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms[:100]...))
	c := f.watchLists()
	f.mustRun(transfer.Tally{Copied: 100})
	f.mail.Add(inbox, ms[100:]...)
	f.mail.Change(inbox, "2", func(m *transfertest.MailMessage) { m.Flags = []transfer.Flag{transfer.Draft} })
	ms[1].Flags = []transfer.Flag{transfer.Draft}
	ctx, stop := context.WithCancel(t.Context())
	f.eachCopied(80, func(int) { stop() })
	if _, err := f.run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want the run to be interrupted", err)
	}
	since := c.since
	f.job.Watch = nil
	rep, err := f.run(t.Context())
	if err != nil || rep.Tally.Copied+rep.Tally.Present != 500 {
		t.Fatalf("got %+v, %v", rep.Tally, err)
	}
	if c.since != since || since == "" {
		t.Errorf("got a list since %q after one since %q, want the same", c.since, since)
	}
	f.same(inbox, ms...)
}

// Wherever a brief list does not fit what is known, the folder is listed whole.
func TestWholeListWhereInDoubt(t *testing.T) {
	const twinHead = "Subject: twin\r\nMessage-ID: <t@x>"
	for _, tc := range []struct {
		name      string
		stateless bool
		before    func(f *flow) // the second pass
		forge     func(ms []transfer.Message) []transfer.Message
		want      transfer.Tally
	}{
		{
			name: "a message that nobody has seen",
			forge: func(ms []transfer.Message) []transfer.Message {
				for i, m := range ms {
					if m.ID == "new" {
						ms[i] = asWas("new")
					}
				}
				return ms
			},
			want: transfer.Tally{Copied: 1, Present: 60},
		},
		{
			name: "the same, with flags", stateless: true,
			forge: func(ms []transfer.Message) []transfer.Message {
				for i, m := range ms {
					if m.ID == "new" {
						ms[i].Brief, ms[i].Size = transfer.Undated, -1
					}
				}
				return ms
			},
			want: transfer.Tally{Copied: 1, Present: 60},
		},
		{
			name: "a message that was refused",
			before: func(f *flow) {
				rec := f.cp.Records()[0]
				rec.Fate, rec.UID, rec.Words = transfer.Refused, 0, "NO"
				if err := f.cp.Settle(f.t.Context(), []transfer.Record{rec}); err != nil {
					f.t.Fatal(err)
				}
				for _, m := range f.server.Messages("INBOX") {
					if m.UID == 1 {
						f.server.Take(inbox, 1)
					}
				}
			},
			want: transfer.Tally{Copied: 2, Present: 59},
		},
		{
			name: "a message less than the source counts",
			forge: func(ms []transfer.Message) []transfer.Message {
				return slices.DeleteFunc(ms, func(m transfer.Message) bool { return m.ID == "7" })
			},
			want: transfer.Tally{Copied: 1, Present: 60},
		},
		{
			// Restored from a backup: the ID of the last one is another's, and the twin
			// of it that was sent later has come back under a lower one.
			name: "the date of a twin",
			before: func(f *flow) {
				twin := message("60", twinHead, "text")
				twin.Date = twin.Date.AddDate(1, 0, 0)
				old := f.mail.Folders()[0].Messages
				old[59], old[10] = twin, message("11", "Subject: other", "text")
				f.mail = transfertest.NewMail(folder(inbox, old...))
			},
			forge: func(ms []transfer.Message) []transfer.Message {
				for i := range ms[:59] {
					ms[i] = asWas(ms[i].ID)
				}
				return ms
			},
			want: transfer.Tally{Copied: 2, Present: 59},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ms := messages(60)
			ms[59] = message("60", twinHead, "text")
			from := folder(inbox, ms...)
			from.Stateless = tc.stateless
			f := newFlow(t, transfertest.ServerOptions{}, from)
			c := f.watchLists()
			f.mustRun(transfer.Tally{Copied: 60})
			if tc.before != nil {
				tc.before(f)
			}
			f.mail.Add(inbox, message("new", "Subject: new", "more"))
			c.forge = tc.forge
			f.mustRun(tc.want)
			if c.since != "" {
				t.Errorf("got a last list since %q, want a whole one", c.since)
			}
		})
	}
}

// A list that hides a message lets a new twin take its record. Should the run end then,
// the next one does not take what was hidden for left out by the pass before.
func TestHiddenTwinIsNotLeftOut(t *testing.T) {
	ms := messages(50)
	twin := ms[4]
	twin.ID = "51"
	ms[0].Flags = []transfer.Flag{transfer.Flagged} // left out
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	f.job.Mapper = sifted{name: "one"}
	c := f.watchLists()
	f.mustRun(transfer.Tally{Copied: 49, Skipped: 1})
	f.mail.Remove(inbox, "1")
	f.mail.Add(inbox, twin)
	c.forge = func(ms []transfer.Message) []transfer.Message {
		return slices.DeleteFunc(ms, func(m transfer.Message) bool { return m.ID == "5" })
	}
	ctx, cancel := context.WithCancel(t.Context())
	claimed := false
	f.job.Watch = func(e transfer.Event) {
		if strings.Contains(e.Text, "were recognised") {
			claimed = true
			cancel()
		}
	}
	f.run(ctx)
	c.forge, f.job.Watch = nil, nil
	f.mustRun(transfer.Tally{Present: 49, Copied: 1})
	if f.same(inbox, append(ms[1:], twin)...); !claimed {
		t.Error("the twin has not taken the record")
	}
}
