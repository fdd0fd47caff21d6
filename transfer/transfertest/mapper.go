package transfertest

import "github.com/mailhaul/mailhaul/transfer"

// Straight is a [transfer.Mapper] that changes nothing.
type Straight struct{}

// Routes leads each folder to one of its path and role.
func (Straight) Routes(folders []transfer.Folder, _ transfer.Site) []transfer.Route {
	routes := make([]transfer.Route, len(folders))
	for i, f := range folders {
		routes[i].To = transfer.Folder{Path: f.Path, Role: f.Role}
	}
	return routes
}

// Message answers m.
func (Straight) Message(m transfer.Message) (transfer.Message, string) { return m, "" }

// Fingerprint is the same always.
func (Straight) Fingerprint() string { return "straight" }
