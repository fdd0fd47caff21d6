//go:build race

package transfer_test

// raced: the race detector lets goroutines run in an order drawn by chance.
const raced = true
