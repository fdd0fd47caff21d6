package main

import (
	"runtime"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Machine is where the figures come from, without a name.
type Machine struct {
	System  string `json:"system"` // as linux/amd64
	Cores   int    `json:"cores"`
	Go      string `json:"go"`
	Dovecot string `json:"dovecot"`
}

func machine() (Machine, error) {
	dovecot, err := mailtest.DovecotVersion()
	return Machine{runtime.GOOS + "/" + runtime.GOARCH, runtime.NumCPU(), runtime.Version(), dovecot}, err
}
