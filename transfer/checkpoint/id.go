package checkpoint

import (
	"database/sql/driver"

	"github.com/mailhaul/mailhaul/transfer"
)

// idNumbers is the version since which IDs that are numbers stand in message as
// such: in the order of their folder, so that a span of them is a range of the table.
const idNumbers = 7

// keyOf is how an ID stands in message.
func keyOf(id string) driver.Value {
	if n, ok := transfer.Number(id); ok {
		return int64(n)
	}
	return id
}

// idOf is the ID that stands there.
func idOf(v driver.Value) string {
	if n, ok := v.(int64); ok {
		return transfer.ID(uint32(n))
	}
	return textOf(v)
}
