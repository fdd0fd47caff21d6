// Package secret sends a canary through every way by which a password or a token
// gets into mailhaul, and looks for it in all that comes out: standard output and
// error, the log, state and config, the arguments and the environment of other
// programs, a dump of all goroutines. One server lets us in, another repeats
// whatever it is sent.
//
// What is looked for is the secret as it is and in every form in which a program
// could write it: quoted, escaped, in hex, in base64 wherever it begins.
package secret
