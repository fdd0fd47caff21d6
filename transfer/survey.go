package transfer

import (
	"context"
	"slices"
	"time"
)

// Plan is what a [Run] would do, folder by folder, and what stands in its way.
type Plan struct {
	Folders   []PlanFolder
	Site      Site
	Obstacles []Obstacle
	Forecast  Forecast
	Pace      Pace
	Notes     []string // what a run would tell on its way
}

// PlanFolder is one row of a [Plan].
type PlanFolder struct {
	Source   string
	From, To Folder
	Skip     string // why it is left out
	Notes    []string
	// Altered tells that the destination cannot hold the name as it is.
	Altered bool
	Exists  bool // the destination folder is there already
	// Counted tells that Tally says what a run would end with: Copied and Bytes
	// are what it would append, Refused what would probably not get through.
	// Without it all that is known is From.Count.
	Counted bool
	Tally   Tally
	// Sampled tells that Bytes were reckoned from the sizes of some messages;
	// they are -1 if nothing is known of them.
	Sampled bool
	// Reflagged is of how many messages a run would carry changed flags over.
	Reflagged int
	Err       error // why it could not be looked at
}

// Obstacle is something that keeps messages of one folder from arriving as they
// are.
type Obstacle struct {
	Kind             ObstacleKind
	Source, From, To string
	Count            int
	Bytes            int64
	Words            string   // the server's, or the flag
	Messages         []Titled // the first of them
}

// ObstacleKind tells what an [Obstacle] is about.
type ObstacleKind string

// The kinds of obstacles.
const (
	// TooLarge: messages over the destination's own limit, which it will refuse.
	TooLarge ObstacleKind = "too-large"
	// RefusedBefore: messages that an earlier run could not get through.
	RefusedBefore ObstacleKind = "refused-before"
	// OddDate: messages of a date that the destination cannot hold.
	OddDate ObstacleKind = "date"
	// LostKeyword: a keyword that the destination will not keep as it is.
	LostKeyword ObstacleKind = "keyword"
	// Unreadable: messages that the source counts or lists and does not give.
	Unreadable ObstacleKind = "unreadable"
)

// Titled is a message with what people know it by: raw header text, not safe to
// print as it is.
type Titled struct {
	Message
	Subject, MessageID string
}

// Forecast is what a destination tells of what it will take.
type Forecast struct {
	// Earliest and Latest are the dates of arrival that it keeps; zero is no bound.
	Earliest, Latest time.Time
	Quotas           []Quota
	Keywords         map[Flag]string // what would become of those asked about, in words
}

// Quota is one limit of the account, RFC 9208. Messages count messages, else
// both numbers are bytes.
type Quota struct {
	Name        string
	Messages    bool
	Used, Limit int64
}

// Pace is how fast some messages came from the source: zero if none were read.
type Pace struct {
	Messages int
	Bytes    int64
	Took     time.Duration
}

// Examiner is the power of a [Dest] to open a folder that is there for Stored
// and Read, without changing anything.
type Examiner interface {
	Examine(ctx context.Context, f Folder) (Mailbox, error)
}

// Foreteller is the power of a [Dest] to tell what it will take. keywords are
// those whose fate is asked for.
type Foreteller interface {
	Foretell(ctx context.Context, keywords []Flag) (Forecast, error)
}

// Seeker is the power of a [Source] to look into a folder without listing it.
type Seeker interface {
	// Seek answers what the folder holds of s; ok is false if it cannot tell, and
	// must be listed.
	Seek(ctx context.Context, f Folder, s Search) (found Found, ok bool, err error)
}

// Search is what [Seeker.Seek] looks for: messages larger than Limit bytes (0 is
// no limit) or from before Earliest or after Latest, where these are set. Sizes
// asks for the size of the folder, too.
type Search struct {
	Limit            int64
	Earliest, Latest time.Time
	Sizes            bool
}

// Found is the answer to a [Search].
type Found struct {
	Messages []Message
	Keywords []Flag // that the folder has names for
	// Bytes is the size of the folder, reckoned from a sample; -1 if not known.
	Bytes int64
}

// Titler is the power of a [Source] to read the titles of messages alone.
type Titler interface {
	Titles(ctx context.Context, f Folder, ms []Message) ([]Titled, error)
}

// Peeker is the mark of a [Source] whose Fetch leaves no trace at its server, so
// that some messages may be read only to see how long it takes.
type Peeker interface{ Peeks() }

// Sieve is the power of a [Mapper] to tell that [Mapper.Message] leaves nothing
// out: then a folder need not be listed to know what of it is carried.
type Sieve interface{ TakesAll() bool }

// Survey finds out what [Run] would do. It changes nothing at either side, but
// it settles in job.Checkpoint what it finds: that must be a copy, made to be
// thrown away. Without a Checkpoint it answers the routes alone.
//
//	routes   as Run has them
//	folders  unchanged since the last pass: known without a look
//	         new at the destination, nothing left out: counted by their servers
//	         the others: listed, matched with what is at the destination
//	sums     what is too large, too old, refused before; how fast the source is
func Survey(ctx context.Context, job Job) (Plan, error) {
	keeper := &routeKeeper{Mapper: job.Mapper}
	job.Mapper = keeper
	r := newRun(ctx, job)
	defer r.close()
	if job.Checkpoint == nil {
		return r.routesAlone(keeper)
	}
	units, err := r.survey()
	if err != nil {
		return Plan{}, err
	}
	s := newSurveyor(r, keeper)
	if err := s.look(units); err != nil {
		return Plan{}, err
	}
	return s.plan(), nil
}

// routesAlone answers where all would go.
func (r *run) routesAlone(keeper *routeKeeper) (Plan, error) {
	site, folders, err := r.look()
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Site: site}
	for i, from := range r.job.Sources {
		keeper.Routes(folders[i], site)
		for k, f := range folders[i] {
			plan.Folders = append(plan.Folders, keeper.folder(i, k, from.Name, f))
		}
	}
	return plan, nil
}

// routeKeeper is a [Mapper] that keeps its routes: one call for each source. It is no
// [Sieve]: sources would be told that all is going to be fetched.
type routeKeeper struct {
	Mapper
	site   Site
	routes [][]Route
}

// Routes implements [Mapper].
func (k *routeKeeper) Routes(folders []Folder, site Site) []Route {
	routes := k.Mapper.Routes(folders, site)
	k.site, k.routes = site, append(k.routes, slices.Clone(routes))
	return routes
}

// Fingerprint implements [Fingerprinter]: "" where the mapper has none, which
// equals no state that was ever recorded.
func (k *routeKeeper) Fingerprint() string {
	if f, ok := k.Mapper.(Fingerprinter); ok {
		return f.Fingerprint()
	}
	return ""
}

// folder is the row of folder k of source i.
func (k *routeKeeper) folder(i, at int, source string, from Folder) PlanFolder {
	route := k.routes[i][at]
	_, exists := siteIndex(k.site)[route.To.Key()]
	return PlanFolder{
		Source: source, From: from, To: route.To, Skip: route.Skip, Notes: route.Notes, Altered: route.Altered, Exists: exists,
	}
}
