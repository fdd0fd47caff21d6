// Package hostile lets servers attack the real program: they send without end,
// announce what fits into no memory, answer what nobody asked, lie about
// numbers, write control characters into every text, and stand between us and
// TLS.
//
// An [attack] is one row: on which side the server stands, and what it does
// instead of what it should. The rows stand in files by subject; to add one is to
// write it there. Each is run by the whole program against a server that is
// honest but for that, and must be withstood:
//
//   - it ends by itself, soon, without a crash, in less than 64 MiB;
//   - it does not end in exit 0, unless all mail has arrived all the same;
//   - nothing is changed at the other side but mail that arrived;
//   - no output holds a control, escape or bidi character, or the password;
//   - where TLS was asked for, no credential leaves before it.
//
// Servers that merely stand still or drip are played in this process, where the
// time they are given can be short.
package hostile
