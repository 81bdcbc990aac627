package host

import (
	"context"
	"sync"

	"github.com/pledge-wasm/pledge/host/internal/engine"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// codeEntry is a module's compiled code, shared by all that loaded its bytes.
type codeEntry struct {
	digest  [32]byte
	uses    int  // guarded by Host.mu
	wanting int  // guarded by Host.mu; callers who have not given up
	listed  bool // guarded by Host.mu; whether Host.codes leads to it

	// ctx ends when all callers have given up: one of them alone must not
	// fail the others.
	ctx    context.Context
	cancel context.CancelCauseFunc

	compile sync.Once
	code    *engine.Code // written by compile
	err     error        // written by compile
}

// code gives the compiled code of a module and counts the caller in. Equal
// bytes are compiled once, however many ask at the same time.
func (h *Host) code(ctx context.Context, file source) (*codeEntry, error) {
	entry, err := h.enterCode(file.digest)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { h.giveUp(entry, context.Cause(ctx)) })
	defer stop()
	entry.compile.Do(func() {
		entry.code, entry.err = h.engine.Code(entry.ctx, engine.Source{
			Digest:    file.digest,
			Admission: admission,
			Module:    func() (*wasm.Module, error) { return file.admit() },
		})
		if entry.err != nil && entry.ctx.Err() != nil {
			entry.err = context.Cause(entry.ctx)
		}
	})
	if entry.err != nil {
		h.releaseCode(entry)
		return nil, entry.err
	}
	return entry, nil
}

// admit reads the file and decides whether it may come in.
func (f source) admit() (*wasm.Module, error) {
	file, err := f.bytes()
	if err != nil {
		return nil, err
	}
	report, err := admitModule(file)
	if err != nil {
		return nil, err
	}
	return report.Module, nil
}

// enterCode counts a caller in.
func (h *Host) enterCode(digest [32]byte) (*codeEntry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.modules == nil {
		return nil, ErrClosed
	}
	entry, ok := h.codes[digest]
	if !ok {
		entry = &codeEntry{digest: digest, listed: true}
		entry.ctx, entry.cancel = context.WithCancelCause(context.Background())
		h.codes[digest] = entry
	}
	entry.uses++
	entry.wanting++
	return entry, nil
}

// giveUp counts out a caller who waits no longer. The last one ends the
// compilation, and whoever comes then begins a new one.
func (h *Host) giveUp(entry *codeEntry, cause error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if entry.wanting--; entry.wanting == 0 {
		h.unlist(entry)
		entry.cancel(cause)
	}
}

// unlist makes newcomers begin anew. h.mu is held.
func (h *Host) unlist(entry *codeEntry) {
	if entry.listed {
		entry.listed = false
		delete(h.codes, entry.digest)
	}
}

// releaseCode counts a user of compiled code out; the last one frees it.
func (h *Host) releaseCode(entry *codeEntry) {
	h.mu.Lock()
	entry.uses--
	last := entry.uses == 0
	if last {
		h.unlist(entry)
	}
	h.mu.Unlock()
	if !last {
		return
	}
	entry.cancel(nil)
	if entry.code != nil {
		entry.code.Close()
	}
}
