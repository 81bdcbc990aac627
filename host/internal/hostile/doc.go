// Package hostile answers one question: what do people send who want to break
// the host? It is the project's catalogue of hostile modules, as generators.
//
// A [Case] is one member of one family of the catalogue, with what must become
// of it. Families have several members, because a defence against one file is
// no defence; the corpus grows with every fault that is found. The cases are
// run twice: those that must not come in are checked in package admit's tests,
// and all of them go through the public API of package host, in its
// hostile_test.go, where the rules hold that every case must pass: the process
// lives, the error is typed and names the limit, time and memory stay within
// theirs, a neighbour and the garbage collector are not disturbed, and the next
// task on the same module works.
//
// Only tests import this package.
package hostile
