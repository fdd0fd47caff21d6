package transfertest

import (
	"slices"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// doubtful sends letters twice: those that arrived may still get a twin until
// the flow has looked for it.
func (t *checkpointTest) doubtful() {
	b := t.enter("s", inbox, archive)
	elsewhere := t.enter("t", inbox, inbox)
	var rs []transfer.Record
	for _, id := range []string{"copied", "merged", "adopted", "refused", "vanished", "open"} {
		rs = append(rs, letter(b.ID, id))
	}
	once := letter(b.ID, "once")
	t.begin(archive, 41, rs...)
	t.begin(archive, 50, rs...)
	t.begin(archive, 50, once)
	t.begin(inbox, 7, resent(letter(elsewhere.ID, "elsewhere")))
	t.wantDoubtful(archive, 0)
	for i, fate := range []transfer.Fate{transfer.Copied, transfer.Merged, transfer.Adopted, transfer.Refused, transfer.Vanished} {
		r := resent(landed(rs[i], archive, uint32(60+i)))
		r.Fate = fate
		t.settle(r)
	}
	t.settle(landed(once, archive, 70), resent(landed(letter(elsewhere.ID, "elsewhere"), inbox, 7)))
	t.wantDoubtful(archive, 41, "copied", "merged", "adopted")
	t.wantDoubtful(inbox, 7, "elsewhere")
	t.wantKnown(resent(landed(rs[0], archive, 60)))
	t.must(t.cp.Sync(t.Context()))
	t.cp = t.crash()
	renewed := archive
	renewed.Epoch = "8"
	t.wantDoubtful(renewed, 41, "copied", "merged", "adopted")
	t.settle(landed(rs[0], archive, 60), landed(letter(elsewhere.ID, "elsewhere"), inbox, 7))
	t.wantDoubtful(archive, 41, "merged", "adopted")
	t.wantDoubtful(inbox, 0)
	t.wantKnown(landed(rs[0], archive, 60))
}

// doubtAgain sends a letter anew while a twin of it may still land: the doubt, the
// lower base and the flags of the twin stay until it is over.
func (t *checkpointTest) doubtAgain() {
	b := t.enter("s", inbox, archive)
	r := letter(b.ID, "1")
	before := resent(r)
	before.Earlier = "\n\\Flagged\n" // first without flags
	t.begin(archive, 41, before)
	t.settle(resent(landed(r, archive, 0)))
	t.begin(archive, 50, r)
	rs, err := t.cp.Pending(t.Context(), archive)
	t.must(err)
	if len(rs) != 1 || rs[0].Base != 41 || !rs[0].Resent || rs[0].Earlier != before.Earlier {
		t.Errorf("pending: got %+v, want one with base 41, resent, earlier flags %q", rs, before.Earlier)
	}
	done := resent(landed(r, archive, 55))
	done.Base, done.Begun = 52, time.Now()
	t.settle(done)
	t.wantDoubtful(archive, 52, "1")
	done.Earlier = before.Earlier
	t.wantKnown(done)
	t.settle(landed(r, archive, 55))
	t.wantKnown(landed(r, archive, 55))
}

// openFolder asks where a book's open records must be settled.
func (t *checkpointTest) openFolder() {
	b := t.enter("s", inbox, archive)
	other := t.enter("s", archive, inbox)
	t.wantOpen(inbox, archive, "")
	t.begin(archive, 1, letter(b.ID, "1"), letter(b.ID, "2"))
	t.wantOpen(inbox, inbox, archive.Key())
	t.wantOpen(archive, inbox, "")
	t.settle(landed(letter(b.ID, "1"), archive, 1))
	t.begin(inbox, 1, letter(b.ID, "3"), letter(other.ID, "1"))
	t.cp = t.crash()
	t.wantOpen(inbox, inbox, archive.Key())
	t.wantOpen(archive, archive, inbox.Key())
	t.settle(landed(letter(b.ID, "2"), archive, 2)) // not durable yet
	t.wantOpen(inbox, archive, inbox.Key())
	t.settle(landed(letter(b.ID, "3"), inbox, 1))
	t.wantOpen(inbox, archive, "")
	renewed := archive
	renewed.Epoch = "2"
	n := t.enter("s", renewed, archive)
	former, err := t.cp.Former(t.Context(), n.ID)
	t.must(err)
	for _, r := range former {
		t.must(t.cp.Claim(t.Context(), n.ID, r, "claimed"))
	}
	t.wantOpen(renewed, archive, inbox.Key())
	t.wantOpen(archive, archive, "")
}

// went tells where a folder goes only when something is recorded of it.
func (t *checkpointTest) went() {
	b := t.enter("s", inbox, archive)
	t.wantWent("s", nil)
	t.begin(archive, 1, letter(b.ID, "1"))
	t.wantWent("s", map[string]string{inbox.Key(): archive.Key()})
	t.enter("s", inbox, inbox)
	t.wantWent("s", map[string]string{inbox.Key(): archive.Key()})
	other := t.enter("s", archive, inbox)
	t.settle(landed(letter(other.ID, "1"), inbox, 1)) // not durable yet
	both := map[string]string{inbox.Key(): archive.Key(), archive.Key(): inbox.Key()}
	t.wantWent("s", both)
	t.wantWent("t", nil)
	t.must(t.cp.Sync(t.Context()))
	t.cp = t.crash()
	t.wantWent("s", both)
	next := inbox
	next.Epoch = "2"
	n := t.enter("s", inbox, archive)
	renewed := t.enter("s", next, inbox)
	t.settle(landed(letter(renewed.ID, "1"), inbox, 2))
	t.settle(landed(letter(n.ID, "1"), archive, 2)) // of an earlier Enter
	both[inbox.Key()] = inbox.Key()
	t.wantWent("s", both)
}

func (t *checkpointTest) lean() {
	b := t.enter("s", inbox, archive)
	refused := letter(b.ID, "refused")
	refused.Fate, refused.Words = transfer.Refused, "NO [TOOBIG]"
	adrift := resent(landed(letter(b.ID, "adrift"), archive, 0))
	full := adrift
	full.Words = "OK"
	t.settle(refused, full)
	rs, err := t.cp.Unlinked(t.Context(), archive, archive.Epoch)
	t.must(err)
	if len(rs) != 1 {
		t.Fatalf("unlinked: got %d records, want 1", len(rs))
	}
	t.wantRecord(rs[0], adrift)
	next := inbox
	next.Epoch = "2"
	n := t.enter("s", next, archive)
	rs, err = t.cp.Former(t.Context(), n.ID)
	t.must(err)
	if len(rs) != 2 {
		t.Fatalf("former: got %d records, want 2", len(rs))
	}
	for _, r := range rs {
		if r.Words != "" {
			t.Errorf("former %q: got words %q, want none", r.ID, r.Words)
		}
		t.must(t.cp.Claim(t.Context(), n.ID, r, r.ID))
	}
	refused.Book = n.ID
	t.wantKnown(refused)
}

func (t *checkpointTest) renumbered() {
	b := t.enter("s", inbox, archive)
	t.begin(archive, 1, letter(b.ID, "1"), letter(b.ID, "2"), letter(b.ID, "3"))
	t.settle(landed(letter(b.ID, "1"), archive, 1), landed(letter(b.ID, "2"), archive, 2))
	t.must(t.cp.Finish(t.Context(), b.ID, "state", transfer.Tally{Messages: 3}))
	t.must(t.cp.Renumbered(t.Context(), b.ID))
	for range 2 {
		if _, ok := t.known(b.ID, "1"); ok {
			t.Error("an ID is known after the folder was renumbered")
		}
		rs, err := t.cp.Former(t.Context(), b.ID)
		t.must(err)
		t.wantIDs("former", ids(rs), "1", "2", "3")
		rs, err = t.cp.Pending(t.Context(), archive)
		t.must(err)
		t.wantIDs("pending", ids(rs), "3")
		uids, err := t.linked(archive)
		t.must(err)
		if want := []uint32{1, 2}; !slices.Equal(uids, want) {
			t.Errorf("linked: got %v, want %v", uids, want)
		}
		t.must(t.cp.Sync(t.Context()))
		t.cp = t.crash()
		if got := t.enter("s", inbox, archive); !got.Former || got.State != "" || got.ID != b.ID {
			t.Errorf("enter: got %+v, want book %d with former and no state", got, b.ID)
		}
	}
	rs, err := t.cp.Former(t.Context(), b.ID)
	t.must(err)
	t.must(t.cp.Claim(t.Context(), b.ID, rs[0], "2"))
	t.wantKnown(landed(letterAs(b.ID, "1", "2"), archive, 1))
	t.must(t.cp.Renumbered(t.Context(), b.ID)) // a second time
	rs, err = t.cp.Former(t.Context(), b.ID)
	t.must(err)
	t.wantIDs("former of both", ids(rs), "2", "2", "3")
}

func (t *checkpointTest) sent() {
	b, other := t.enter("s", inbox, archive), t.enter("t", inbox, archive)
	t.begin(archive, 1, letter(b.ID, "1"), letter(b.ID, "2"), letter(b.ID, "3"), letter(b.ID, "5"), letter(other.ID, "4"))
	refused := letter(b.ID, "3")
	refused.Fate = transfer.Refused
	t.settle(landed(letter(b.ID, "1"), archive, 1), landed(letter(b.ID, "2"), archive, 2), refused, landed(letter(other.ID, "4"), archive, 4))
	rs, err := t.cp.Gone(t.Context(), b.ID, &transfer.Roll{})
	t.must(err)
	t.wantIDs("sent", ids(rs), "1", "2", "5")
	rs, err = t.cp.Gone(t.Context(), b.ID, roll("1"))
	t.must(err)
	t.wantIDs("sent, some", ids(rs), "2", "5")
}

func (t *checkpointTest) pendingOrder() {
	b := t.enter("s", inbox, archive)
	t.begin(archive, 41, letter(b.ID, "3"), letter(b.ID, "1"))
	t.begin(archive, 41, letter(b.ID, "2"))
	t.begin(archive, 40, letter(b.ID, "4"))
	t.begin(archive, 42, letter(b.ID, "3")) // sent again: it keeps its Base
	anew := archive
	anew.Epoch = "anew"
	t.begin(anew, 1, letter(b.ID, "5"))
	got, err := t.cp.Pending(t.Context(), archive)
	t.must(err)
	if order := idsInOrder(got); !slices.Equal(order, []string{"5", "4", "1", "2", "3"}) {
		t.Errorf("pending: got %v, want 5 4 1 2 3", order)
	}
}
