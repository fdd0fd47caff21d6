package checkpoint

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// Draft is a copy of a job's checkpoint to try things on: what is recorded in it
// is gone when it is closed.
type Draft struct {
	*Log
	dir string
}

// OpenDraft copies the job's file as it stands, also while a run is on, or makes
// an empty one if there is none. The caller closes the Draft.
func OpenDraft(ctx context.Context, o Options) (*Draft, error) {
	dir, err := os.MkdirTemp("", "mailhaul-draft-")
	if err != nil {
		return nil, fault(os.TempDir(), "make a folder", err)
	}
	d := &Draft{dir: dir}
	if err := d.open(ctx, o); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return d, nil
}

func (d *Draft) open(ctx context.Context, o Options) (err error) {
	original := o.Path()
	o.Dir = d.dir
	if err := duplicate(original, o.Path()); err != nil {
		return fault(original, "read", err)
	}
	if d.Log, err = Open(ctx, o); err != nil {
		return err
	}
	return d.Log.db.exec("PRAGMA synchronous=OFF")
}

// duplicate has SQLite write a copy, so that it is whole whoever writes meanwhile.
func duplicate(from, to string) error {
	if info, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	db, err := openReadOnly(from)
	if err != nil {
		return err
	}
	version, err := db.check()
	if err == nil && version > 0 {
		err = db.exec("VACUUM INTO ?", to)
	}
	return errors.Join(err, db.close())
}

// Close removes the copy.
func (d *Draft) Close() error { return errors.Join(d.Log.Close(), os.RemoveAll(d.dir)) }
