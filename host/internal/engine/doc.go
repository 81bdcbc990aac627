// Package engine answers one question: how does one guest run, and how is it
// stopped? It is the only room that knows wazero.
//
// A [Program] is a module that was admitted, rewritten and compiled. Booting
// it runs its start function, its _initialize and its allocator once, under
// limits like everything else, and records what came out: memory, globals and
// the input buffer. An [Instance] is one sandbox made from that record. Between
// two runs it is put back into the recorded state; where that cannot be proved
// it is thrown away, and the pool makes a new one in the same memory. An instance
// that is idle rests after a while: it keeps nothing then but what wazero holds
// for it. Idle instances make room when the budget of memory is used up.
//
// Guest code is never interrupted from outside. The rewriting makes it ask the
// host at the end of each slice of fuel, about a millisecond at most, and the
// answer may be a panic that unwinds it. So nothing here closes an instance
// while its code runs, which wazero would not survive.
package engine
