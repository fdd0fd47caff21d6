package main

import (
	"fmt"

	"github.com/mailhaul/mailhaul/transfer"
)

// toldAlike is how many refusals in the same words are told one by one.
const toldAlike = 3

// alike counts refusals in the same words: a full mailbox refuses thousands.
type alike struct {
	count map[string]int
	order []string
}

// enough reports whether e is a refusal of which enough have been told.
func (a *alike) enough(e transfer.Event) bool {
	if e.Kind != transfer.EventRefused {
		return false
	}
	if a.count == nil {
		a.count = map[string]int{}
	}
	words := sameWords(e.Text)
	if a.count[words]++; a.count[words] == toldAlike+1 {
		a.order = append(a.order, words)
	}
	return a.count[words] > toldAlike
}

// rest tells how many were not told, a line for each kind.
func (a *alike) rest() (lines []string) {
	for _, words := range a.order {
		lines = append(lines, Safe(fmt.Sprintf("refused: %s more: %s", messages(a.count[words]-toldAlike), words)))
	}
	return lines
}
