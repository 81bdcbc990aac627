package abi

// Code says in one word why a run did not complete. Codes are data on the wire:
// the list grows at its end and none changes its meaning.
type Code string

// The codes of an outcome.
const (
	CodeGuest          Code = "guest"           // the guest returned an error of its own
	CodeTrap           Code = "trap"            // a WebAssembly trap other than those below
	CodeUnreachable    Code = "unreachable"     // the unreachable instruction: most panics and aborts
	CodeStackOverflow  Code = "stack_overflow"  // calls nested too deeply
	CodeMemoryLimit    Code = "memory_limit"    // more linear memory than allowed
	CodeFuelExhausted  Code = "fuel_exhausted"  // more instructions than allowed
	CodeDeadline       Code = "deadline"        // more time than allowed
	CodeExit           Code = "exit"            // proc_exit, whatever its argument
	CodeBadResult      Code = "bad_result"      // a response that breaks SPEC.md
	CodeOutputLimit    Code = "output_limit"    // a result, or logs, larger than allowed
	CodeModuleRejected Code = "module_rejected" // not admitted, or loading failed
	CodeImportDenied   Code = "import_denied"   // an import that does not exist here
	CodeUnknownTask    Code = "unknown_task"    // the module has no such task
	CodeUpstream       Code = "upstream"        // a future among the arguments or in the result failed
	CodeCancelled      Code = "cancelled"       // somebody asked for the end
	CodeHostError      Code = "host_error"      // a fault of the host, not of the guest
)

// Codes lists every code of an outcome, in the order in which they were defined.
func Codes() []Code {
	return []Code{
		CodeGuest, CodeTrap, CodeUnreachable, CodeStackOverflow, CodeMemoryLimit,
		CodeFuelExhausted, CodeDeadline, CodeExit, CodeBadResult, CodeOutputLimit,
		CodeModuleRejected, CodeImportDenied, CodeUnknownTask, CodeUpstream,
		CodeCancelled, CodeHostError,
	}
}

// Codes of the errors with which the host answers [ImportCall]. A guest reads
// them in [GuestError.Code]; they are values, the task goes on.
const (
	BoundaryBadRequest      = "bad_request"      // not a request, or larger than the result limit
	BoundaryBadArgs         = "bad_args"         // arguments of the wrong shape for this function
	BoundaryNotGranted      = "not_granted"      // known, but not granted to this task, or not now
	BoundaryUnknownFunction = "unknown_function" // no function of that name
	BoundaryUnknownFuture   = "unknown_future"   // a future that is not this run's
)
