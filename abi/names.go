package abi

// Version is the number of the ABI that this package describes.
const Version = 1

// Names that a native module exports. See SPEC.md, "Exports".
const (
	ExportMemory     = "memory"             // the linear memory
	ExportInitialize = "_initialize"        // func(), optional, once
	ExportAlloc      = "pledge_v1_alloc"    // func(len i32) i32
	ExportCall       = "pledge_v1_call"     // func(ptr, len i32) i64, a Span
	ExportDescribe   = "pledge_v1_describe" // func() i64, a Span, optional
)

// Names that a native module may import. See SPEC.md, "Imports".
const (
	ImportModule = "pledge_v1"
	ImportCall   = "call" // func(ptr, len i32) i64, handle and length
	ImportTake   = "take" // func(handle, ptr i32)
	ImportLog    = "log"  // func(level, ptr, len i32)
)

// ReservedPrefix begins every export name that belongs to pledge. A module that
// exports such a name, other than the Export constants, is refused.
const ReservedPrefix = "pledge_v1_"

// Functions of the host that a guest reaches through [ImportCall] by name.
const (
	FuncSubmit   = "task.submit" // {"task": tstr, "args": any} -> future
	FuncAwait    = "task.await"  // future -> its result
	FuncCancel   = "task.cancel" // future -> null
	FuncProgress = "progress"    // any -> null, always granted
)

// Bounds of the boundary.
const (
	MaxDepth     = 256       // arrays, maps and tags on one path in a value
	MaxResponse  = 1<<31 - 1 // bytes of a response that call announces
	MinEnvelope  = 3         // bytes of the shortest request or response
	MaxResponses = 1024      // responses kept by the host until they are taken
)
