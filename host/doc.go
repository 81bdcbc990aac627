// Package host runs untrusted tasks, compiled to WebAssembly, each in a
// pristine sandbox inside this process, and hands back futures over their
// results.
//
//	h, err := host.New(ctx, host.Config{Limits: host.Limits{Memory: 64 << 20, Timeout: time.Second}})
//	defer h.Close(ctx)
//	mod, err := h.Load(ctx, wasm)
//	count := host.Bind[string, map[string]int](mod, "count")
//	result, err := count.Submit(ctx, "to be or not to be").Result(ctx)
//
// A [Module] is admitted, rewritten, compiled and started once. Every task that
// runs in it then finds the memory, the globals and everything else as the
// module's own initialisation left them; nothing that an earlier task did can
// be seen.
//
// A guest gets nothing that the embedder did not write out in [Grants]: no
// files, no network, no environment, no real clock, no real randomness. Without
// grants a task is a function of its module, its name and its arguments.
//
// Every guest can be stopped. [Limits] bound memory, time, fuel, results, logs
// and calls to the host, and the zero value means safe defaults, never
// "unlimited".
//
// Arguments may hold futures, at any depth. They are dependencies: the task
// starts when their results are there, and holds no slot before that.
//
// Each run that does not complete ends in an error of type *futures.RunError,
// which carries one of the codes of package abi; beneath it are the typed
// causes of this package: [*Trap], [*LimitError], [*GuestError],
// [*OverloadError] and [*LoadError].
package host
