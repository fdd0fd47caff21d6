package transfer_test

import (
	"fmt"
	"testing"
)

// TestSimKnown lives again through worlds in which a fault was found. Where the
// simulation has learned something since, a seed may make another world.
func TestSimKnown(t *testing.T) {
	for _, known := range []struct {
		seed  uint64
		found string
	}{
		{12295, "what came by another way stood for two twins after the destination's renumbering"},
		{600621, "what the destination had altered stood for two twins after that"},
		{701989, "an altered copy, that was not linked, was taken for the twin of another's"},
		{20199, "refused, carried under another ID, and sent again under a third"},
		{20247, "the same, with the flags of the refusal"},
		{30737, "IDs gone over to a twin were not seen where a list tells other sizes"},
		{30792, "a second copy was told by a run that was killed before its report was out"},
		{83624, "not listed for a while, sent again, and its first sending landed"},
		{85294, "refused when sent again, then carried, and its first sending landed"},
		{93399, "a flag taken away came back with a first sending that landed late"},
		{95823, "what the source had no more was counted when it landed"},
		{203188, "an open message was taken for the late twin of an equal one of another date"},
		{220603, "flags that changed between a sending and its landing in a later run"},
		{227838, "one copy stood for two sources, and for one of them only when renumbered"},
		{251432, "two twins exchanged their IDs, and their flags at the destination"},
		{914914, "what was sent to a folder made anew stood for a twin that went with the old one"},
		{911860, "the same, with the flags of that twin"},
		{1003045, "what had taken an altered copy's place went as the second copy of an equal message"},
		{1007503, "an equal message's first sending landed for another one, with the wrong flags"},
		{1103277, "an old second copy was told of, and taken back by the next run"},
		{1104164, "of two equal messages that were open the later one was taken for what had landed"},
		{2001169, "a folder was deleted in the wait, and its new UIDs were taken for those before"},
		{2007785, "an open message that its source had no more stayed open"},
		{2119226, "what landed late was adopted, without the flags that the source had by then"},
		{4003626, "what was recognised unread lost its place to a new twin when renumbered"},
		{7012355, "a new twin took the record of one that a list had hidden, which then was left out"},
		{8002630, "a second copy of a message became an equal one's, with its flags"},
		{9101597, "one copy stood for two sources, and for a twin at the first whose own it may be"},
	} {
		t.Run(fmt.Sprint("seed=", known.seed), func(t *testing.T) { simLife(t, known.seed) })
	}
}
