package checkpoint

import (
	"database/sql/driver"
	"errors"
)

// Year is what has arrived of the mail of one year.
type Year struct {
	Year     int // by the date of arrival, UTC; 0 is mail without a date
	Messages int
	Bytes    int64
}

// ReadYears reads one job's file for what has arrived, by year, the earliest
// first, over a connection of its own which changes nothing.
func ReadYears(path string) (years []Year, err error) {
	db, err := openReadOnly(path)
	if err != nil {
		return nil, fault(path, "read", err)
	}
	version, err := db.check()
	if err == nil && version > 0 {
		err = db.query(`SELECT CAST(coalesce(strftime('%Y', date, 'unixepoch'), 0) AS INTEGER), count(*), coalesce(sum(size), 0)
			FROM message WHERE fate IN ('copied', 'adopted', 'merged') GROUP BY 1 ORDER BY 1`,
			func(row []driver.Value) error {
				years = append(years, Year{int(intOf(row[0])), int(intOf(row[1])), intOf(row[2])})
				return nil
			})
	}
	return years, fault(path, "read", errors.Join(err, db.close()))
}
