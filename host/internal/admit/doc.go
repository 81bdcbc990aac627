// Package admit answers one question: may this file come in?
//
// [Check] reads a module once, before the compiler sees a byte of it, and says
// no with a reason and a cure, or yes with a [Report] of what it found. What it
// admits costs a bounded amount of time and memory to compile, and asks for
// nothing that the host does not have.
//
// # What is checked
//
// The file is a core module within [Limits]; sections, counts, indices and
// blocks hold together; no proposal is used that is off (threads, GC, 64-bit
// and multiple memories, typed function references, exceptions, tail calls:
// each is named); active segments lie inside the memory and the tables that the
// module declares; imports are functions of the [Allow] list with exactly their
// signatures; exports are those of ABI v1; the estimated cost of compiling fits
// a budget. Types of operands are not checked: the engine's own validation does
// that, in time and memory that are linear in what is admitted.
//
// # The cost of compiling
//
// Files of a few kilobytes can keep an optimising compiler busy for a minute,
// because parts of its work grow with products: blocks times live values,
// parameters of merge points squared, branches times the parameters they carry.
// One pass over the instructions finds an upper bound for each of those
// quantities and a formula with measured coefficients
// turns them into nanoseconds. The estimate is an upper bound on the machine
// that it was measured on: real modules take half to three quarters of it,
// made-up ones up to all of it. Memory goes with it: the compiler takes about
// 0.2 GB for each second.
//
// A function may cost 3 s and a module 1.5 s plus 1.25 s for each MB of its
// file, so that a small file cannot keep the compiler busy. Estimates of the
// costliest function and the whole of real modules: CPython (26 MB) 0.5 s and
// 7.5 s, a Go program with 8,600 functions (17 MB) 0.3 s and 10 s, esbuild (14
// MB) 0.8 s and 10 s, SQLite 0.2 s and 1.2 s, QuickJS with Asyncify 0.8 s and
// 2.2 s, a Haskell runtime 0.8 s and 1.6 s, Ruby with Asyncify (16 MB) 2.8 s and
// 18.6 s.
//
// A function over budget is refused by name; its module does not run on
// an interpreter instead. Reasons: no compiler makes such functions; an
// interpreter would be a second engine whose limits, stack depth and speed
// differ, so that the same task would behave differently for a reason that its
// author cannot see; and an author who is told the function's name can split
// it.
//
// Nothing here keeps state; any number of goroutines may call Check. Admission
// reads about 200 MB of module per second and holds less than 64 MiB beside the
// file, whatever the file says.
package admit
