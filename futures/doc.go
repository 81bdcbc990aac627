// Package futures answers one question: what is a value that arrives later, and
// how is it resolved inside nested data?
//
// A [Future] stands for the result of a run. It can be asked for its State
// without blocking, waited for, cancelled, and passed inside the arguments of
// other tasks before it is done. A [Promise] is its other side, held by whoever
// runs the task. The package knows nothing of WebAssembly and does no I/O; Go
// functions become futures with [Go] and [Then].
//
// One future:
//
//	v, err := f.Result(ctx)     // the value; ctx bounds the wait, never the run
//	out, err := f.Outcome(ctx)  // how it ended as data; err: the wait failed
//	f.Cancel(cause)             // ends the run
//
// Three kinds of error can come back, and errors.As tells them apart: a
// [WaitError] is about the wait, a [RunError] about the run, a [ResultError]
// about reading the result. The waiter's time-out is context.DeadlineExceeded
// and [ErrWaitTimeout]; the run's is [ErrRunTimeout] only.
//
// Many futures: [WaitAll], [WaitAny], [AsCompleted], [Gather] and its kin, and
// [Map] over a sequence. None of them leaves a goroutine or a registration
// behind.
//
// Futures inside values: [Resolve] replaces those in a Go value by their
// results, [ResolveStates] by their states; [Encode] turns a value with futures
// into CBOR with references plus the list of what it depends on, and [Splice]
// puts results into CBOR without decoding it. The wrappers [Raw], [Opaque],
// [AllowFailure] and [AllowUpstream] say how a part is to be treated, and
// [Secret] hides one from [CallRepr].
//
// The packages below this one belong to running tasks with options: memo reuses
// results, retry says when to try again, slots bounds what runs at once.
package futures
