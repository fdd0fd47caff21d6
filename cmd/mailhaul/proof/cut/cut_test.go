package cut

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

func TestMain(m *testing.M) { mailtest.Main(m) }

var (
	cutsFlag     = flag.String("cuts", "80", "how many points to draw, or full for all")
	seedFlag     = flag.Uint64("seed", 1, "for the draw")
	withinFlag   = flag.Duration("within", 0, "begin no point after so long; 0 is no bound")
	parallelFlag = flag.Int("parallel-cuts", 48, "points under way at once")
	serversFlag  = flag.String("servers", "", "only these servers, separated by commas")
	kindsFlag    = flag.String("kinds", "", "only these kinds of cut")
	sidesFlag    = flag.String("sides", "", "only these sides: dest, lanes, imap, pop3, half")
	windowsFlag  = flag.String("windows", "", "only windows of so many letters: 1, 6, 64")
	pointFlag    = flag.String("point", "", "play this point alone")
	summaryFlag  = flag.String("summary", "", "write the table to this file")
)

func TestCut(t *testing.T) {
	all := allSeries(list(*serversFlag), list(*kindsFlag), list(*sidesFlag), list(*windowsFlag))
	if *pointFlag != "" {
		p, err := parsePoint(*pointFlag)
		if err != nil {
			t.Fatal(err)
		}
		all = []series{p.series}
	}
	leftOut(t)
	if len(all) == 0 {
		t.Skip("no series of points is left, or no server is installed")
	}
	b := newBench(t, all)
	b.measure(t, all)
	total := int64(0)
	for _, s := range all {
		total += b.length(s)
	}
	t.Logf("%d series, %d points", len(all), total)
	results := &table{}
	b.sweep(t, chosen(t, b, all), results)
	for _, d := range b.untouched() {
		t.Errorf("the source has changed: %s", d)
	}
	if err := summarize(results); err != nil {
		t.Error(err)
	}
	t.Logf("\n%s", results)
}

// leftOut tells which servers are not installed.
func leftOut(t *testing.T) {
	for _, m := range models {
		switch {
		case m.there():
		case os.Getenv(mailtest.RequireServers) == "1":
			t.Errorf("%s cannot be started, and %s=1", m.name, mailtest.RequireServers)
		default:
			t.Logf("%s cannot be started and is left out", m.name)
		}
	}
}

// summarize writes the table to the file that was named.
func summarize(results *table) error {
	if *summaryFlag == "" {
		return nil
	}
	return os.WriteFile(*summaryFlag, []byte(results.String()), 0o644)
}

// chosen are the points to play.
func chosen(t *testing.T, b *bench, all []series) []point {
	switch {
	case *pointFlag != "":
		p, _ := parsePoint(*pointFlag)
		return []point{p}
	case *cutsFlag == "full":
		return everyPoint(all, b.length, *seedFlag)
	}
	n, err := strconv.Atoi(*cutsFlag)
	if err != nil {
		t.Fatalf("-cuts=%s: want a number or full", *cutsFlag)
	}
	return draw(all, b.length, n, *seedFlag)
}

// sweep plays points side by side.
func (b *bench) sweep(t *testing.T, points []point, results *table) {
	todo := make(chan point)
	var players sync.WaitGroup
	for range min(*parallelFlag, len(points)) {
		players.Go(func() {
			for p := range todo {
				v := b.play(t.Context(), p)
				results.add(p.series, v)
				switch {
				case v.wrong != "":
					t.Errorf("%v: %s\n\t%s\n\t%s", p, v.wrong, v.story, p.replay())
				case *pointFlag != "":
					t.Logf("%v: %+v", p, v)
				}
			}
		})
	}
	began := time.Now()
	ctx, done := context.WithCancel(t.Context())
	go progress(ctx, began, len(points), results)
	for _, p := range points {
		if *withinFlag > 0 && time.Since(began) > *withinFlag {
			break
		}
		todo <- p
	}
	close(todo)
	players.Wait()
	done()
	t.Logf("%d points in %v", results.total().points, time.Since(began).Round(time.Millisecond))
}

// progress tells every ten seconds how far a long sweep is.
func progress(ctx context.Context, began time.Time, n int, results *table) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r := results.total()
			fmt.Fprintf(os.Stderr, "%v of %d points, %.1f a second: %d wrong, %d healed, %d told, %d unseen\n",
				r.points, n, float64(r.points)/time.Since(began).Seconds(), r.wrong, r.healed, r.told, r.unseen)
			_ = summarize(results) // for those who end it early; the last one counts
		}
	}
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
