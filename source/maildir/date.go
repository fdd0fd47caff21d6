package maildir

import "time"

const day = 24 * time.Hour

// arrival decides when a message arrived from the time of its file and the
// time in the file's name; the answer is zero if neither can be believed.
//
// Dovecot keeps INTERNALDATE as the file's time. So the file's time counts,
// also where it is older than the name: then the mail was put there later by
// APPEND or COPY, which give a new name. A file that is more than a day newer
// than its name was copied by a tool that does not keep times, and the name
// tells the truth.
func arrival(mtime time.Time, named int64, now time.Time) time.Time {
	name := time.Unix(named, 0)
	mtime = time.Unix(mtime.Unix(), 0) // INTERNALDATE has whole seconds
	believe := func(t time.Time) bool {
		return t.Year() > 1970 && t.Before(now.Add(day))
	}
	switch {
	case believe(mtime) && !(believe(name) && mtime.Sub(name) > day):
		return mtime.UTC()
	case believe(name):
		return name.UTC()
	}
	return time.Time{}
}
