package pop3

import (
	"context"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest/pop3server"
	"github.com/mailhaul/mailhaul/transfer"
)

// inbox of a server in memory, with access to it.
func serveMaildrop(t *testing.T, o pop3server.Options, texts ...string) (*pop3server.Server, dial.Access) {
	t.Helper()
	var bodies [][]byte
	for _, text := range texts {
		bodies = append(bodies, []byte(text))
	}
	s := pop3server.Start(t, o, bodies...)
	_, port, _ := net.SplitHostPort(s.Addr)
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return s, dial.Access{
		Endpoint: dial.Endpoint{Scheme: "pop3", User: "anna", Host: "127.0.0.1", Port: n, TLS: dial.None},
		Password: func(context.Context) (string, error) { return secret, nil },
	}
}

func some(ms []transfer.Message, at ...int) (out []transfer.Message) {
	for _, i := range at {
		out = append(out, ms[i])
	}
	return out
}

func TestDelete(t *testing.T) {
	for _, capabilities := range [][]string{{"UIDL", "TOP", "PIPELINING"}, {"UIDL", "TOP"}, nil} {
		server, a := serveMaildrop(t, pop3server.Options{Capabilities: capabilities, Lock: true, Answer: func(_ int, command, answer string) (string, bool) {
			if command == "DELE 5" {
				answer = "-ERR not this one\r\n"
			}
			return answer, false
		}}, mails(5)...)
		s := signedIn(t, a)
		ms := list(t, s, "")
		gone := transfer.Message{ID: "gone"}
		left, err := s.Delete(t.Context(), transfer.Folder{}, append(some(ms, 0, 2, 4), gone))
		if err != nil || len(left) != 2 || left["gone"] != transfer.ErrVanished || !strings.Contains(left["uid5"].Error(), "not this one") {
			t.Errorf("got %v, %v, want uid5 refused and one gone", left, err)
		}
		if _, err := s.Folders(t.Context()); err == nil {
			t.Error("folders after a deletion: got nil, want the session over")
		}
		s.Close()
		heard := server.Commands()
		if n := strings.Count(strings.Join(heard, "\n"), "QUIT"); n != 1 {
			t.Errorf("got %q, want one QUIT", heard)
		}
		if got := len(server.Bodies()); got != 3 {
			t.Errorf("got %d messages left, want 3", got)
		}
		if got, want := ids(list(t, signedIn(t, a), "")), []string{"uid2", "uid4", "uid5"}; !slices.Equal(got, want) {
			t.Errorf("got %q left, want %q", got, want)
		}
	}
}

// Without a +OK to QUIT nobody knows; before it, nothing is deleted.
func TestDeleteNotConfirmed(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func(int, string, string) (string, bool)
		left   int
		words  string
	}{
		"QUIT refused": {func(_ int, c, a string) (string, bool) {
			return map[bool]string{true: "-ERR some left\r\n", false: a}[c == "QUIT"], false
		}, 1, "some left"},
		"hung up at QUIT": {func(_ int, c, a string) (string, bool) {
			return a, strings.HasPrefix(c, "DELE 2")
		}, 3, "hung up"},
		"no POP3 after DELE": {func(_ int, c, a string) (string, bool) {
			return map[bool]string{true: "what?\r\n", false: a}[c == "DELE 2"], false
		}, 3, "no POP3"},
		"silent QUIT": {func(_ int, c, a string) (string, bool) {
			return map[bool]string{true: "", false: a}[c == "QUIT"], c == "QUIT"
		}, 1, "hung up"},
	} {
		server, a := serveMaildrop(t, pop3server.Options{Answer: tc.answer}, mails(3)...)
		s := signedIn(t, a)
		_, err := s.Delete(t.Context(), transfer.Folder{}, some(list(t, s, ""), 0, 1))
		if err == nil || !strings.Contains(err.Error(), tc.words) && !(tc.words == "hung up" && strings.Contains(err.Error(), " lost: ")) {
			t.Errorf("%s: got %v, want %q", name, err, tc.words)
		}
		s.Close()
		if got := len(server.Bodies()); got != tc.left {
			t.Errorf("%s: got %d messages left, want %d", name, got, tc.left)
		}
	}
}

// A session that ends in the midst of DELE deletes nothing: Close must not say QUIT.
func TestDeleteCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server, a := serveMaildrop(t, pop3server.Options{Answer: func(_ int, command, answer string) (string, bool) {
		if command == "DELE 2" {
			cancel()
		}
		return answer, false
	}}, mails(3)...)
	s := signedIn(t, a)
	if _, err := s.Delete(ctx, transfer.Folder{}, list(t, s, "")); err == nil {
		t.Error("got nil, want an error")
	}
	s.Close()
	if heard := server.Commands(); slices.Contains(heard, "QUIT") || len(server.Bodies()) != 3 {
		t.Errorf("got %q and %d messages left, want no QUIT and all of them", heard, len(server.Bodies()))
	}
}
