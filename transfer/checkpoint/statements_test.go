package checkpoint

import (
	"reflect"
	"testing"
)

// A statement is prepared when it is first used: that each can be is seen here.
func TestStatements(t *testing.T) {
	l := mustOpen(t, options(t))
	all := reflect.ValueOf(&l.sql).Elem()
	for i := range all.NumField() {
		name := all.Type().Field(i).Name
		s := *(**statement)(all.Field(i).Addr().UnsafePointer())
		if s == nil {
			t.Errorf("%s: got no text", name)
		} else if err := s.ready(); err != nil {
			t.Errorf("%s: got error %v, want none", name, err)
		}
	}
}
