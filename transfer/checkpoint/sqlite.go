package checkpoint

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// database is one connection to a file. The Log has a single one and a lock
// around it, so the pool of database/sql would only cost time.
type database struct {
	conn       driver.Conn
	statements []*statement // closed with the database
}

// statement is one that is used again and again. It is prepared when it is first used.
type statement struct {
	db   *database
	sql  string
	stmt driver.Stmt // nil until then
}

// openDatabase opens the file for reading and writing.
func openDatabase(path, vfs string) (*database, error) {
	q := url.Values{}
	if vfs != "" {
		q.Set("vfs", vfs)
	}
	return connect(path, q)
}

// openReadOnly opens it as a second, reading connection.
func openReadOnly(path string) (*database, error) {
	return connect(path, url.Values{"mode": {"ro"}})
}

func connect(path string, q url.Values) (*database, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	p := filepath.ToSlash(abs)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // a drive letter
	}
	uri := url.URL{Scheme: "file", Path: p, RawQuery: q.Encode()}
	conn, err := (&sqlite.Driver{}).Open(uri.String())
	if err != nil {
		return nil, err
	}
	db := &database{conn: conn}
	// Readers of the user's shell or of Read hold the file for moments only.
	if err := db.exec("PRAGMA busy_timeout=10000"); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return db, nil
}

// close closes the prepared statements too: as long as one is open, SQLite
// keeps the file open behind our back.
func (db *database) close() error {
	var err error
	for _, s := range db.statements {
		if s.stmt != nil {
			err = errors.Join(err, s.stmt.Close())
		}
	}
	return errors.Join(err, db.conn.Close())
}

// exec runs one or several statements.
func (db *database) exec(sql string, args ...driver.Value) error {
	_, err := db.conn.(driver.ExecerContext).ExecContext(context.Background(), sql, named(args))
	return err
}

// query runs sql once and calls each for every row. The row is valid during
// the call only.
func (db *database) query(sql string, each func(row []driver.Value) error, args ...driver.Value) error {
	stmt, err := db.conn.Prepare(sql)
	if err != nil {
		return err
	}
	return errors.Join((&statement{db, sql, stmt}).query(named(args), each), stmt.Close())
}

// text is the first column of the only row that sql answers, "" if it answers none.
func (db *database) text(sql string, args ...driver.Value) (answer string, err error) {
	err = db.query(sql, func(row []driver.Value) error {
		answer = fmt.Sprint(row[0])
		return nil
	}, args...)
	return answer, err
}

// later is a statement that lives as long as the database. To prepare all that a run
// might need takes longer than a run with nothing to do.
func (db *database) later(sql string) *statement {
	s := &statement{db: db, sql: sql}
	db.statements = append(db.statements, s)
	return s
}

// prepare makes such a statement at once.
func (db *database) prepare(sql string) (*statement, error) {
	s := db.later(sql)
	return s, s.ready()
}

func (s *statement) ready() error {
	if s.stmt != nil {
		return nil
	}
	stmt, err := s.db.conn.Prepare(s.sql)
	if err == nil {
		s.stmt = stmt
	}
	return err
}

func (s *statement) exec(args []driver.NamedValue) error {
	if err := s.ready(); err != nil {
		return err
	}
	_, err := s.stmt.(driver.StmtExecContext).ExecContext(context.Background(), args)
	return err
}

func (s *statement) query(args []driver.NamedValue, each func(row []driver.Value) error) (err error) {
	if err := s.ready(); err != nil {
		return err
	}
	rows, err := s.stmt.(driver.StmtQueryContext).QueryContext(context.Background(), args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
}

func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, v := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out
}

// Values read from a row. A NULL is the zero value.

func textOf(v driver.Value) string  { s, _ := v.(string); return s }
func intOf(v driver.Value) int64    { n, _ := v.(int64); return n }
func bytesOf(v driver.Value) []byte { b, _ := v.([]byte); return b }

// Values written to a row. What is empty becomes NULL.

func orNull[T comparable](v T, as driver.Value) driver.Value {
	var zero T
	if v == zero {
		return nil
	}
	return as
}
