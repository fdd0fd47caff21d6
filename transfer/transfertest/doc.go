// Package transfertest holds what the tests of every plug-in and of the flow
// share.
//
// Contract suites say in code what the interfaces of package transfer promise.
// The test of a plug-in builds a store, fills it and hands it over:
//
//   - [Source] for everything that mail comes from,
//   - [Dest] for everything that mail goes to,
//   - [Checkpoint] for everything that remembers.
//
// In-memory ports stand in for servers where the flow itself is tested:
// [Mail] is a store to read from, [Server] one to write to, [MemCheckpoint]
// the memory between them. Each is safe for many sessions at once, keeps what
// happened to it for the test to look at, and fails on demand: [MailFaults] and
// [ServerFaults] lose connections at a chosen byte, message or letter. A fault
// happens once; then the store works again. They pass the suites themselves.
package transfertest
