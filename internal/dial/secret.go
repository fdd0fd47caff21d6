package dial

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// hidden is what stands for a secret.
const hidden = "***"

// minEncoded is the shortest piece of base64 that is searched for in the middle
// of other base64, in bytes: shorter ones stand everywhere by chance.
const minEncoded = 4

// secrets are texts that nobody may read, in every form in which a server could
// give them back. The zero value has none.
type secrets struct {
	mu    sync.Mutex
	forms atomic.Pointer[[]string]
}

// add takes a further secret.
func (s *secrets) add(secret string) {
	if secret == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.all()
	if slices.Contains(old, secret) {
		return
	}
	forms := slices.Concat(old, formsOf(secret))
	slices.Sort(forms)
	forms = slices.Compact(forms)
	s.forms.Store(&forms)
}

func (s *secrets) all() []string {
	if forms := s.forms.Load(); forms != nil {
		return *forms
	}
	return nil
}

// formsOf are the secret as it is, as an IMAP quoted string holds it, in
// base64, and what base64 makes of it behind one or two other bytes and before
// others.
func formsOf(secret string) []string {
	forms := []string{secret, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret)}
	for _, code := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		forms = append(forms, code.EncodeToString([]byte(secret)))
		for before, first := range []int{0, 2, 3} { // characters that hold bits of what stands before
			text := code.EncodeToString(append(make([]byte, before), secret...))
			last := (before + len(secret)) * 8 / 6 // from here on, bits of what stands behind
			if last-first >= minEncoded {
				forms = append(forms, text[first:last])
			}
		}
	}
	return forms
}

// span is a part of a text.
type span struct{ from, to int }

// hide is the first limit bytes of text with every form of every secret masked,
// also where two overlap or one goes beyond the limit.
func (s *secrets) hide(text string, limit int) string {
	limit = min(limit, len(text))
	spans := s.find(text, limit)
	if len(spans) == 0 {
		return text[:limit]
	}
	var out strings.Builder
	at := 0
	for _, sp := range spans {
		if sp.from > at || at == 0 {
			out.WriteString(text[at:sp.from])
			out.WriteString(hidden)
		}
		at = max(at, sp.to)
	}
	if at < limit {
		out.WriteString(text[at:limit])
	}
	return out.String()
}

// find is where secrets begin within the first limit bytes, in order.
func (s *secrets) find(text string, limit int) (spans []span) {
	for _, form := range s.all() {
		part := text[:min(len(text), limit+len(form)-1)]
		for from := 0; ; {
			i := strings.Index(part[from:], form)
			if i < 0 {
				break
			}
			from += i
			if n := len(spans) - 1; n >= 0 && spans[n].from <= from && from <= spans[n].to {
				spans[n].to = max(spans[n].to, from+len(form)) // many of them in a row cost nothing
			} else {
				spans = append(spans, span{from, from + len(form)})
			}
			from++
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return spans
}
