package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/manifest"
)

// prove compares a destination with a manifest.
func (v *verdictOf) prove(ctx context.Context) (err error) {
	o := v.options
	if !o.flags.Changed("level") {
		o.level = "bytes"
	}
	if o.repair != "" {
		return usagef("mailhaul verify --repair SOURCE... DEST", "--repair needs the source: a manifest holds no mail")
	}
	if v.manifest, err = manifest.Open(o.manifest); err != nil {
		return err
	}
	if o.digest != "" && !strings.EqualFold(o.digest, v.manifest.Digest) {
		return fmt.Errorf("the manifest %s has the digest %s, not %s: it is not the one whose digest you have noted", o.manifest, v.manifest.Digest, o.digest)
	}
	if v.haul, err = o.destination(ctx, v.manifest.Dest); err != nil {
		return err
	}
	if err := v.dest.unlock(ctx, o.world, v.haul, roleDest, 1); err != nil {
		return err
	}
	sum, err := v.verify(ctx, nil)
	return v.conclude(ctx, sum, err)
}

// destination is a haul without sources: to DEST, the job's, or where the manifest
// says that the mail was put.
func (o *verifyOptions) destination(ctx context.Context, dest string) (*haul, error) {
	if o.job != "" {
		h, err := o.haul(ctx)
		if err == nil {
			h.sources = nil
		}
		return h, err
	}
	switch len(o.args) {
	case 0:
	case 1:
		dest = o.args[0]
	default:
		return nil, usagef("", "with --manifest there is only the DEST")
	}
	l, err := o.world.layers(o.flags, nil)
	if err != nil {
		return nil, err
	}
	return newHaul(ctx, o.world, l, []accountConfig{{Endpoint: dest}}, nil)
}

// insteadOfSources puts the manifest in their place. Flags are the user's affair by
// now, and so is what came since.
func (v *verdictOf) insteadOfSources(a *transfer.Audit) {
	a.Sources = []transfer.From{{Name: "manifest " + v.manifest.Digest, Open: v.manifest.Session}}
	a.Mapper = asItIs{}
	a.NoFlags, a.OneWay = true, true
}

// asItIs is the mapper of a manifest: its folders are the destination's.
type asItIs struct{}

func (asItIs) Routes(folders []transfer.Folder, _ transfer.Site) []transfer.Route {
	routes := make([]transfer.Route, len(folders))
	for i, f := range folders {
		routes[i].To = transfer.Folder{Path: f.Path}
	}
	return routes
}

func (asItIs) Message(m transfer.Message) (transfer.Message, string) { return m, "" }

// tellManifest tells of the file itself.
func (v *verdictOf) tellManifest() {
	if v.manifest == nil {
		return
	}
	fmt.Fprintf(v.world.out, "\nThe manifest is whole: %s.\nIts digest is %s.\n", messages(v.manifest.Messages), v.manifest.Digest)
	for _, u := range v.manifest.Undone {
		fmt.Fprintf(v.world.out, "Not in it: %s that mailhaul undo removed on %s.\n", messages(u.Removed), when(u.At))
	}
	if n := v.manifest.Undigested; n > 0 {
		fmt.Fprintf(v.world.out, "It holds no digest of %s, which had been recognised at the destination: these were compared by their headers.\n", messages(n))
	}
}
