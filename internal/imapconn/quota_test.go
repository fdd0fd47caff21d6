package imapconn

import (
	"slices"
	"testing"
)

func TestQuota(t *testing.T) {
	tests := []struct {
		name, caps, says string
		want             []Resource
	}{
		{"Dovecot", "QUOTA", "* QUOTAROOT INBOX \"User quota\"\r\n* QUOTA \"User quota\" (STORAGE 12 1024 MESSAGE 3 100)\r\n",
			[]Resource{{"User quota", "STORAGE", 12, 1024}, {"User quota", "MESSAGE", 3, 100}}},
		{"RFC 9208", "QUOTA QUOTA=RES-STORAGE", "* QUOTAROOT INBOX \"\"\r\n* QUOTA \"\" (STORAGE 5 10)\r\n", []Resource{{"", "STORAGE", 5, 10}}},
		{"no limit", "QUOTA", "* QUOTAROOT INBOX\r\n", nil},
		{"an empty root", "QUOTA", "* QUOTA \"\" ()\r\n", nil},
		{"nonsense", "QUOTA", "* QUOTA x (STORAGE (1) 2 MESSAGE 1 9)\r\n", []Resource{{"x", "MESSAGE", 1, 9}}},
		{"cut short", "QUOTA", "* QUOTA x (STORAGE 1\r\n* QUOTA\r\n", nil},
		{"not asked", "", "* BAD\r\n", nil},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			c := inside(t, tc.caps, always(map[string]string{"GETQUOTAROOT": tc.says}))
			got, err := c.Quota("INBOX")
			if err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

func TestQuotaWithoutEnd(t *testing.T) {
	many := "* QUOTA x ("
	for range 2 * maxResources {
		many += "STORAGE 1 2 "
	}
	c := inside(t, "QUOTA", always(map[string]string{"GETQUOTAROOT": many + ")\r\n"}))
	if _, err := c.Quota("INBOX"); err == nil {
		t.Error("got no error for a list without end")
	}
}

func TestRecent(t *testing.T) {
	for says, want := range map[string]uint64{
		"* STATUS INBOX (RECENT 3)\r\n":                3,
		"* STATUS \"INBOX\" (MESSAGES 9 recent 0)\r\n": 0,
	} {
		c := inside(t, "", always(map[string]string{"STATUS": says}))
		if got, err := c.Recent("INBOX"); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", says, got, err, want)
		}
	}
	c := inside(t, "", always(map[string]string{"STATUS": "* STATUS INBOX (MESSAGES 9)\r\n"}))
	if _, err := c.Recent("INBOX"); Refusal(err) == nil && err == nil {
		t.Error("got no error where RECENT is not told")
	}
}

func TestMeanSize(t *testing.T) {
	c := inside(t, "", always(map[string]string{
		"FETCH 1,3 ": "* 1 FETCH (RFC822.SIZE 100)\r\n* 3 FETCH (RFC822.SIZE 300)\r\n",
	}))
	if got, err := c.MeanSize(4, 2); err != nil || got != 200 {
		t.Errorf("got %d, %v; want 200", got, err)
	}
	if got, err := c.MeanSize(0, 2); err != nil || got != 0 {
		t.Errorf("an empty folder: got %d, %v; want 0", got, err)
	}
}
