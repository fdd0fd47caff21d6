package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// hurdle is one thing that stands in the way of a plan.
type hurdle struct {
	kind         string
	source       string
	from, folder string
	count        int // messages; 0 where it is not about some
	bytes        int64
	text         string // what it is, in words, not safe yet
	messages     []transfer.Titled
}

// hurdles are all that stand in the way: of single messages, of folders, of the
// whole.
func (h *haul) hurdles(p transfer.Plan) (all []hurdle) {
	for _, o := range p.Obstacles {
		all = append(all, hurdle{
			kind: string(o.Kind), source: o.Source, from: o.From, folder: o.To, count: o.Count, bytes: o.Bytes,
			text: obstacleText(o, p), messages: o.Messages,
		})
	}
	for _, f := range p.Folders {
		if f.Err != nil {
			all = append(all, hurdle{kind: "folder", source: f.Source, from: f.From.Name(), folder: f.To.Name(), count: max(f.From.Count, 0), text: "it could not be looked at: " + f.Err.Error()})
		}
		if f.Altered && f.Skip == "" {
			all = append(all, hurdle{kind: "name", source: f.Source, from: f.From.Name(), folder: f.To.Name(), text: strings.Join(f.Notes, "; ")})
		}
	}
	return append(append(all, full(p)...), h.daily(p)...)
}

// obstacleText tells what an obstacle is.
func obstacleText(o transfer.Obstacle, p transfer.Plan) string {
	n := messages(o.Count)
	if o.Count == 0 {
		n = "messages"
	}
	switch o.Kind {
	case transfer.TooLarge:
		return fmt.Sprintf("%s over %s, the most that the destination takes: will be refused", n, formatSize(p.Site.Limit))
	case transfer.RefusedBefore:
		return fmt.Sprintf("%s refused by an earlier run, and tried again: %s", n, o.Words)
	case transfer.OddDate:
		return fmt.Sprintf("%s of a date that servers cannot hold: it becomes 1970 or 2037", n)
	case transfer.LostKeyword:
		return fmt.Sprintf("%s: %s", n, o.Words)
	case transfer.Unreadable:
		return fmt.Sprintf("%s that the source does not give: %s", n, o.Words)
	}
	return fmt.Sprintf("%s: %s", n, o.Words)
}

// full tells of quotas that will not hold.
func full(p transfer.Plan) (all []hurdle) {
	count, bytes, _ := planned(p)
	for _, q := range p.Forecast.Quotas {
		need, free := bytes, q.Limit-q.Used
		tell := formatSize
		if q.Messages {
			need, tell = int64(count), func(n int64) string { return messages(int(n)) }
		}
		if q.Limit <= 0 || need <= free {
			continue
		}
		all = append(all, hurdle{kind: "quota", bytes: need - free, text: fmt.Sprintf(
			"the destination has room for %s, and %s would come: it will be full before the end (quota %s)",
			tell(max(free, 0)), tell(need), tell(q.Limit))})
	}
	return all
}

// dayLimit is how much a provider lets through in a day. Beyond it Gmail locks
// the account's IMAP for up to 24 hours.
type dayLimit struct {
	host     string // or what it ends in
	up, down int64  // bytes
}

// dayLimits are those that providers have published: Google's help, "Gmail
// bandwidth limits".
var dayLimits = []dayLimit{
	{"imap.gmail.com", 500 << 20, 2500 << 20},
	{"imap.googlemail.com", 500 << 20, 2500 << 20},
	{"pop.gmail.com", 0, 1250 << 20},
	{"pop.googlemail.com", 0, 1250 << 20},
}

func limitOf(host string) dayLimit {
	for _, l := range dayLimits {
		if strings.EqualFold(host, l.host) {
			return l
		}
	}
	return dayLimit{}
}

// daily tells what takes more than a day because of its provider.
func (h *haul) daily(p transfer.Plan) (all []hurdle) {
	_, sum, _ := planned(p)
	tell := func(host, way string, bytes, limit int64) {
		if limit > 0 && bytes > limit {
			all = append(all, hurdle{kind: "daily-limit", bytes: bytes, text: fmt.Sprintf(
				"%s lets about %s a day %s: this takes about %d days; stop and run again as you like (--max-transfer %dM a day keeps below it)",
				host, formatSize(limit), way, days(bytes, limit), limit>>20)})
		}
	}
	tell(h.dest.Host, "in", sum, limitOf(h.dest.Host).up)
	for _, s := range h.sources {
		if s.network() {
			tell(s.Host, "out", plannedOf(p, s.Endpoint), limitOf(s.Host).down)
		}
	}
	return all
}

func days(bytes, limit int64) int64 { return (bytes + limit - 1) / limit }

// plannedOf is how much comes from one source.
func plannedOf(p transfer.Plan, from dial.Endpoint) (bytes int64) {
	for _, f := range p.Folders {
		if f.Source == from.String() {
			bytes += max(f.Tally.Bytes, 0)
		}
	}
	return bytes
}

// planned sums up what would be copied: messages, bytes, and of how many folders
// only the server's count is known.
func planned(p transfer.Plan) (count int, bytes int64, uncounted int) {
	for _, f := range p.Folders {
		switch {
		case f.Skip != "" || f.Err != nil:
		case f.Counted:
			count, bytes = count+f.Tally.Copied, bytes+max(f.Tally.Bytes, 0)
		case f.From.Count < 0:
			uncounted++
		default:
			count, bytes = count+f.From.Count, bytes+max(f.From.Bytes, 0)
		}
	}
	return count, bytes, uncounted
}

// expected is how long a copy takes at the pace of the source, and by the day
// limits; 0 if nobody knows.
func (h *haul) expected(p transfer.Plan) time.Duration {
	_, bytes, _ := planned(p)
	if p.Pace.Bytes == 0 || p.Pace.Took <= 0 || bytes == 0 {
		return 0
	}
	return time.Duration(float64(bytes) / rateOf(p.Pace) * float64(time.Second))
}

// rateOf is in bytes a second.
func rateOf(p transfer.Pace) float64 { return float64(p.Bytes) / p.Took.Seconds() }
