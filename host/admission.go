package host

import (
	"fmt"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/admit"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// maxModule bounds a module file, in bytes.
var maxModule = admit.DefaultLimits().Module

// imports lists what modules may import: the boundary, and WASI.
var imports = sync.OnceValue(func() admit.Allow {
	allow := admit.Native()
	for _, f := range wasi.Functions() {
		allow.Add(wasi.Module, f.Name, valueTypes(f.Params), valueTypes(f.Results))
	}
	return allow
})

func valueTypes(encoded []byte) []wasm.ValueType {
	types := make([]wasm.ValueType, len(encoded))
	for i, t := range encoded {
		types[i] = wasm.ValueType(t)
	}
	return types
}

// admission names the rules of admitModule to the store of compiled code. They
// depend on nothing but the build, which the store tells apart itself; rules that
// a host could change would have to be written out here.
const admission = "default limits"

// admitModule decides whether a file may come in, whatever the limits of the
// load: those are held against it by [fits].
func admitModule(file []byte) (*admit.Report, error) {
	return admit.Check(file, admit.Limits{}, imports())
}

// fits holds the memory that a module begins with against a limit.
func fits(minimum uint64, limits Limits) error {
	if minimum <= uint64(limits.Memory) {
		return nil
	}
	return &LoadError{
		Code:    abi.CodeModuleRejected,
		Message: fmt.Sprintf("memory minimum of %s exceeds the limit of %s", mebibytes(minimum), mebibytes(uint64(limits.Memory))),
		Hint:    "raise Limits.Memory, or build the module with a smaller initial memory",
	}
}

// mebibytes writes the size of a memory, in bytes, for people.
func mebibytes(n uint64) string {
	switch {
	case n < 1<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	case n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
