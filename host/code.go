package host

import (
	"context"

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

	// done is closed when the first caller has compiled it.
	done   chan struct{}
	code   *engine.Code // written before done is closed
	err    error        // written before done is closed
	unread bool         // written before done is closed; the first caller could not read its file
}

// code gives the compiled code of a module and counts the caller in. Equal
// bytes are compiled once, however many ask at the same time.
func (h *Host) code(ctx context.Context, file source) (*codeEntry, error) {
	for {
		entry, first, err := h.enterCode(file.digest)
		if err != nil {
			return nil, err
		}
		stop := context.AfterFunc(ctx, func() { h.giveUp(entry, context.Cause(ctx)) })
		if first {
			h.compile(entry, file)
		}
		select {
		case <-entry.done:
			err = entry.err
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		stop()
		if err == nil {
			return entry, nil
		}
		h.releaseCode(entry)
		if first || ctx.Err() != nil || !entry.unread {
			return nil, err
		}
		// The file that could not be read was another's.
	}
}

// compile makes the code of an entry. It runs on the goroutine of the first
// caller, to whom the bytes of the file belong.
func (h *Host) compile(entry *codeEntry, file source) {
	defer close(entry.done)
	entry.code, entry.err = h.engine.Code(entry.ctx, engine.Source{
		Digest:    file.digest,
		Admission: admission,
		Module: func() (*wasm.Module, error) {
			bytes, err := file.bytes()
			if err != nil {
				entry.unread = true
				return nil, err
			}
			report, err := admitModule(bytes)
			if err != nil {
				return nil, err
			}
			return report.Module, nil
		},
	})
	if entry.err != nil && entry.ctx.Err() != nil {
		entry.err = context.Cause(entry.ctx)
	}
	if entry.unread {
		h.mu.Lock()
		h.unlist(entry)
		h.mu.Unlock()
	}
}

// enterCode counts a caller in; the first one has to compile.
func (h *Host) enterCode(digest [32]byte) (entry *codeEntry, first bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.modules == nil {
		return nil, false, ErrClosed
	}
	entry, ok := h.codes[digest]
	if !ok {
		entry = &codeEntry{digest: digest, listed: true, done: make(chan struct{})}
		entry.ctx, entry.cancel = context.WithCancelCause(context.Background())
		h.codes[digest] = entry
	}
	entry.uses++
	entry.wanting++
	return entry, !ok, nil
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
