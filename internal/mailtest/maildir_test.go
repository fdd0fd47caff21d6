package mailtest

import "testing"

func TestLoadMaildirIsWhatDovecotReads(t *testing.T) {
	s := Shared(t, DovecotOptions{Format: Maildir})
	user := s.NewUser()
	mails := Corpus(2, 300, CorpusOptions{Small: true, Plain: true})
	LoadMaildir(t, s, user, mails)
	got := Take(t, s.IMAP, user)
	for _, d := range Compare(FromMails(mails), got, CompareOptions{Canonical: true}) {
		t.Error(d)
	}
}

func TestEncodeUTF7(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Sent", "Sent"},
		{"R&D", "R&-D"},
		{"Entwürfe", "Entw&APw-rfe"},
		{"日本語", "&ZeVnLIqe-"},
		{"emoji 😀", "emoji &2D3eAA-"},
	}
	for _, tc := range tests {
		if got := encodeUTF7(tc.in); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.in, got, tc.want)
		}
	}
}
