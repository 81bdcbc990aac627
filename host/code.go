package host

import (
	"context"
	"sync"

	"github.com/pledge-wasm/pledge/host/internal/engine"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// codeEntry is a module's compiled code, shared by all that loaded its bytes.
type codeEntry struct {
	uses int // guarded by Host.mu

	compile sync.Once
	code    *engine.Code // written by compile
	err     error        // written by compile
}

// code gives the compiled code of a module and counts the caller in. Equal
// bytes are compiled once, however many ask at the same time.
func (h *Host) code(ctx context.Context, file source) (*engine.Code, error) {
	h.mu.Lock()
	if h.modules == nil {
		h.mu.Unlock()
		return nil, ErrClosed
	}
	entry, ok := h.codes[file.digest]
	if !ok {
		entry = &codeEntry{}
		h.codes[file.digest] = entry
	}
	entry.uses++
	h.mu.Unlock()

	// A caller who gives up must not fail the others who wait for the same
	// code, so the compilation does not end with its context.
	entry.compile.Do(func() {
		entry.code, entry.err = h.engine.Code(context.WithoutCancel(ctx), engine.Source{
			Digest:    file.digest,
			Admission: admission,
			Module: func() (*wasm.Module, error) {
				wasm, err := file.bytes()
				if err != nil {
					return nil, err
				}
				report, err := admitModule(wasm)
				if err != nil {
					return nil, err
				}
				return report.Module, nil
			},
		})
	})
	if entry.err != nil {
		h.releaseCode(file.digest)
		return nil, entry.err
	}
	return entry.code, nil
}

// releaseCode counts a user of compiled code out; the last one frees it.
func (h *Host) releaseCode(digest [32]byte) {
	h.mu.Lock()
	entry := h.codes[digest]
	entry.uses--
	last := entry.uses == 0
	if last {
		delete(h.codes, digest)
	}
	h.mu.Unlock()
	if last && entry.code != nil {
		entry.code.Close()
	}
}
