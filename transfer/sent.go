package transfer

import (
	"slices"
	"strings"
)

// after adds to a record what the one before it tells of earlier sendings of the
// message: they may still land, with the flags they had.
func (r Record) after(before Record) Record {
	if before.Fate != Open && !before.Resent {
		return r
	}
	r.Resent, r.Earlier = true, before.Earlier
	return r.sentWith(before.Flags)
}

// withFlags is the record when the source has changed the flags of its message.
func (r Record) withFlags(flags string) Record {
	old := r.Flags
	if r.Flags = flags; !r.Resent {
		return r
	}
	return r.sentWith(old)
}

// sentWith notes that the message has left with these flags.
func (r Record) sentWith(flags string) Record {
	if flags != r.Flags && !slices.Contains(r.earlier(), flags) {
		r.Earlier += flags + "\n"
	}
	return r
}

// earlier are the sets of flags in Earlier.
func (r Record) earlier() []string {
	sets := strings.Split(r.Earlier, "\n")
	return sets[:len(sets)-1]
}

// sentAs is the record of a message that was found at the destination, with the
// flags of that sending which it looks like: its own, or one of an equal message that
// was sent twice, and may have landed now. Where the source tells others now, they are
// carried over like any change. Else it is the user who has changed them.
func (l *lane) sentAs(rec Record, c card, others []Record) Record {
	if flags, ok := l.lookOf(rec, c); ok {
		return rec.withFlags(flags)
	}
	if flags, ok := l.lookOfTwin(rec, c, others); ok {
		return rec.withFlags(flags)
	}
	return rec
}

// lateAs is the record of a message that was recognised in what stands there: if that
// is a sending of before which has landed late, with the flags of that.
func (l *lane) lateAs(rec, before Record, c card) Record {
	if !before.Resent || rec.Digest != (Digest{}) && rec.Digest != before.Digest {
		return rec
	}
	for _, r := range []Record{rec, before} {
		if flags, ok := l.lookOf(r, c); ok {
			return rec.withFlags(flags)
		}
	}
	return rec
}

// lookOfTwin is lookOf for an equal message that was sent twice, and may have landed
// since rec was sent.
func (l *lane) lookOfTwin(rec Record, c card, others []Record) (flags string, ok bool) {
	for _, twin := range others {
		late := twin.Resent && rec.Begun.Sub(twin.Begun) <= lateLimit
		if !late || twin.Digest != rec.Digest || rec.Digest == (Digest{}) {
			continue
		}
		if flags, ok = l.lookOf(twin, c); ok {
			return flags, true
		}
	}
	return "", false
}

// lookOf are the flags of that sending of a message which the card looks like.
func (l *lane) lookOf(rec Record, c card) (flags string, ok bool) {
	for _, flags := range append([]string{rec.Flags}, rec.earlier()...) {
		if flagSum(l.there(flagsOf(flags))) == c.flags {
			return flags, true
		}
	}
	return "", false
}

// sent are the flags that any sending of the message had, as they are there.
func (l *lane) sent(rec Record) []Flag {
	flags := flagsOf(l.there(flagsOf(rec.Flags)))
	for _, set := range rec.earlier() {
		flags = append(flags, flagsOf(l.there(flagsOf(set)))...)
	}
	return flags
}
