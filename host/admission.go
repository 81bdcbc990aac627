package host

import (
	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// maxModule bounds a module file, in bytes.
const maxModule = 64 << 20

// admitModule decides whether a file may come in.
func admitModule(file []byte) (*wasm.Module, error) {
	m, err := wasm.Decode(file, nil)
	if err != nil {
		return nil, &LoadError{Code: abi.CodeModuleRejected, Message: err.Error(), Err: err}
	}
	return m, nil
}
