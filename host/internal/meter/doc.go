// Package meter answers one question: what must a module look like so that its host can always stop it, knows what it
// has used, and can put its state back? [Rewrite] takes a decoded module and gives another that computes the same. It
// is pure: bytes to bytes, the same for the same module and options.
//
// # The budget
//
// The rewritten code counts down one global, see [Budget]: fuel in its low half, stack in its high half, so that one
// subtraction at the entry of a function charges both and one mask tests both. When a half is negative the code calls
// the import slice. Its host either makes fuel not negative again and returns, or panics. Nothing else ever leaves a
// guest that runs on for ever.
//
// # Ranges
//
// A body is cut into ranges. A range is charged once, where it begins, with the weight of its dearest path, and nothing
// enters it but through its charge. So what is charged covers what runs at any time, also when a trap ends it. A range
// goes on where all ways into a place come from it; a new one begins where they do not, at the header of a loop, behind a
// loop, and where a path would be charged more than mergeCost for code that it branches around. Over the specification
// suites 5 per cent more is charged than runs, over the Go workloads up to 37.
//
// The budget is looked at in every turn of a loop, at the entry of functions that do much, and before more than lookCost
// would have run on some path since, what small functions run that are charged but do not look counted in. The smallest
// ones without loops are not charged at all: their callers pay for them (a call through a table pays for the dearest that
// it could reach).
//
// # Dispatch loops
//
// Go's compiler makes of each function a loop around a br_table, and of each jump a branch to that loop after a const was
// put into the local that the br_table reads. A header that charges would charge the whole function in each jump. Such
// loops are recognised: a jump says where it goes, so it pays for what it goes to, or the range that ends in it does; only
// jumps back look at the budget, and falling from one part into the next costs nothing.
//
// # The stack
//
// Functions on a cycle of calls keep account of the stack: at least one on each cycle, and every one with an indirect
// call. Each pays for its frame and for the longest chain of others between it and the next that pays. What is not paid
// for is the chain on top, slackStack bytes. A frame is estimated as
//
//	64 + 8*(parameters + locals + most operands + labels of branches and returns + values) + instructions
//
// bytes, where values are the results of calls and the parameters and results of blocks that have more than one; twice
// that but for the 64 when there are vectors; and 8 for each argument or result of a call that does not fit into
// registers. Measured against the frames of wazero's compiler on amd64 over the 31,715 functions of a Go
// guest, CPython, Ruby and a Rust program it was never too small (1.06 times the frame at least) and 3.9 times too large on
// the whole. An adversary can make it too small; the compiler's own limit of some 80 MB then ends the guest. Where
// recursion may lead through a function its frame is no less than half of what it costs, so that the bound for the stack
// also bounds what is run, paid for before, while many frames are left one after the other.
//
// A tail call gives its charge back first. One whose arguments do not fit into registers is counted as a call, because the
// compiler makes it one.
//
// # State
//
// Active data segments become the host's to apply, the start function an export, mutable numeric globals exports; and a
// flag says when something else was changed, see [ExportDirty]. Bulk instructions and growth become calls of appended
// functions, which charge by length and work in pieces; they look at the bounds first, so that they trap as the whole
// would and nothing is written before. Names of functions stay with them in the name section; other
// custom sections are left out.
//
// Exception handling is not rewritten yet: a module that uses it is refused.
package meter
