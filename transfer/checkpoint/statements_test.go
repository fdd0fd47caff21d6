package checkpoint

import (
	"reflect"
	"testing"
)

// A statement is prepared when it is first used: that each can be is seen here.
func TestStatements(t *testing.T) {
	l := mustOpen(t, options(t))
	for _, s := range l.db.statements {
		if err := s.ready(); err != nil {
			t.Errorf("%s: got error %v, want none", s.sql, err)
		}
	}
	all := reflect.ValueOf(l.sql)
	for i := range all.NumField() {
		if all.Field(i).IsNil() {
			t.Errorf("%s: got no text", all.Type().Field(i).Name)
		}
	}
}
