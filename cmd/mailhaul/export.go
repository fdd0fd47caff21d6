package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// export lists what was refused, fetches it from the sources again and writes it
// below dir.
func (h *haul) export(ctx context.Context, w *world, refused []checkpoint.Refused, dir string) error {
	if !h.show.json && !h.show.quiet && len(refused) > 0 {
		h.listRefused(w.out, refused)
	}
	x := &exporter{refused: refused, places: places{several: len(h.sources) > 1}, ends: make([]ending, len(refused))}
	err := h.fetchRefused(ctx, w, x, dir)
	if h.show.json {
		for i, r := range x.refused {
			line := refusedLineOf(r)
			x.ends[i].fill(&line, dir)
			writeLine(w.out, line)
		}
	} else if !h.show.quiet {
		x.tellEnds(w.out, dir)
	}
	if failed := x.count(ending.failed); err == nil && failed > 0 {
		complainAfter(w.talk, fmt.Errorf("the source would not give %s (listed above)", messages(failed)), exitRefused, transfer.Report{})
		return judged(exitRefused)
	}
	return err
}

// fetchRefused opens what is needed for it: only those sources that have any.
func (h *haul) fetchRefused(ctx context.Context, w *world, x *exporter, dir string) (err error) {
	if len(x.refused) == 0 {
		return nil
	}
	whose := func(i int) bool {
		name := h.sources[i].Endpoint.String()
		return slices.ContainsFunc(x.refused, func(r checkpoint.Refused) bool { return r.Source == name })
	}
	for i := range h.sources {
		if whose(i) {
			if err := h.sources[i].unlock(ctx, w, h, roleSource, i+1); err != nil {
				return err
			}
		}
	}
	if x.shelf, err = openShelf(dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.shelf.close()) }()
	watch := newWatch(ctx, h.talker(w))
	defer watch.close()
	x.tell = watch.tell
	job, err := h.job(func(transfer.Event) {}, watch.trace)
	if err != nil {
		return err
	}
	x.announce()
	for i, from := range job.Sources {
		if whose(i) {
			if err := x.source(ctx, from); err != nil {
				return err
			}
		}
	}
	return nil
}

// ending is what became of one refused message. The zero value: nobody came to it.
type ending struct {
	file string // below the folder of the export
	kept bool   // it was there already
	err  error  // the source's; [transfer.ErrVanished] if it is gone
}

func (e ending) written() bool { return e.file != "" && !e.kept }
func (e ending) there() bool   { return e.kept }
func (e ending) gone() bool    { return errors.Is(e.err, transfer.ErrVanished) }
func (e ending) failed() bool  { return e.err != nil && !e.gone() }

// fill tells it to programs.
func (e ending) fill(line *refusedLine, dir string) {
	if e.file != "" {
		line.File = filepath.Join(dir, e.file)
	}
	line.Gone = e.gone()
	if e.failed() {
		line.Error = e.err.Error()
	}
}

// exporter fetches refused messages and writes them to files.
type exporter struct {
	refused []checkpoint.Refused
	ends    []ending // of each of them
	shelf   *shelf
	places  places
	tell    transfer.Watcher
}

func (x *exporter) count(what func(ending) bool) (n int) {
	for _, e := range x.ends {
		if what(e) {
			n++
		}
	}
	return n
}

// announce tells how much there is to do.
func (x *exporter) announce() {
	bytes := int64(0)
	for _, r := range x.refused {
		bytes += r.Size
	}
	folders := len(groupBy(x.refused, whoseFolder))
	x.tell(transfer.Event{Kind: transfer.EventPlan, Time: time.Now(), Count: folders, Bytes: bytes})
	x.tell(transfer.Event{Kind: transfer.EventFound, Time: time.Now(), Count: len(x.refused), Bytes: bytes})
}

// end notes what became of message i.
func (x *exporter) end(i int, e ending) {
	x.ends[i] = e
	x.tell(transfer.Event{
		Kind: transfer.EventMessages, Time: time.Now(), Folder: x.refused[i].From,
		Fate: transfer.Copied, Count: 1, Bytes: x.refused[i].Size,
	})
}

// source exports what one source has: at holds the places of its messages, a
// folder after the other.
func (x *exporter) source(ctx context.Context, from transfer.From) error {
	s := &exportSession{exporter: x, from: from}
	defer s.hangUp()
	var at []int
	for i, r := range x.refused {
		if r.Source == from.Name {
			at = append(at, i)
		}
	}
	folders, err := s.folders(ctx)
	if err != nil {
		return err
	}
	for _, group := range groupBy(at, func(i int) string { return whoseFolder(x.refused[i]) }) {
		if err := s.folder(ctx, folders, group); err != nil {
			return err
		}
		x.tell(transfer.Event{Kind: transfer.EventDone, Time: time.Now(), Folder: x.refused[group[0]].From})
	}
	return nil
}

// tellEnds tells people how many were written where, and what could not be had.
func (x *exporter) tellEnds(w io.Writer, dir string) {
	if len(x.refused) == 0 {
		fmt.Fprintf(w, "No message of this job is refused; nothing was written.\n")
		return
	}
	fmt.Fprintf(w, "\n%s written to %s", messages(x.count(ending.written)), Safe(dir))
	if n := x.count(ending.there); n > 0 {
		fmt.Fprintf(w, "; %s had been there", formatCount(n))
	}
	fmt.Fprintln(w, ".")
	var folders []string
	sum := map[string]int{}
	for _, e := range x.ends {
		if e.file == "" {
			continue
		}
		name := filepath.Join(dir, filepath.Dir(e.file))
		if sum[name]++; sum[name] == 1 {
			folders = append(folders, name)
		}
	}
	for _, name := range folders {
		fmt.Fprintf(w, "  %s in %s%c\n", formatCount(sum[name]), Safe(name), os.PathSeparator)
	}
	x.tellEach(w, "gone from the source", ending.gone, false)
	x.tellEach(w, "not given by the source", ending.failed, true)
}

// tellEach names the messages that ended in one way.
func (x *exporter) tellEach(w io.Writer, what string, which func(ending) bool, words bool) {
	n := x.count(which)
	if n == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s %s:\n", messages(n), what)
	for i, e := range x.ends {
		if !which(e) {
			continue
		}
		r := x.refused[i]
		fmt.Fprintf(w, "  %s  %s\n", Safe(r.From), refusedRows([]checkpoint.Refused{r}, 0)[0])
		if words {
			fmt.Fprintf(w, "      %s\n", Safe(e.err.Error()))
		}
	}
}
