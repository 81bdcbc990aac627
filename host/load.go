package host

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/admit"
	"github.com/pledge-wasm/pledge/host/internal/engine"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

func now() time.Time { return time.Now() }

// Load admits, compiles and initialises a module, and makes it ready to run
// tasks. The bytes are not kept and must not change during the call. However
// many callers load the same bytes, they are compiled once. ctx bounds the load,
// except that a caller who compiles for others finishes that. The error is a
// *[LoadError].
func (h *Host) Load(ctx context.Context, wasm []byte, opts ...LoadOption) (*Module, error) {
	if n := int64(len(wasm)); n > maxModule {
		return nil, tooLarge("module", n)
	}
	return h.loadSource(ctx, source{digestOf(wasm), func() ([]byte, error) { return wasm, nil }}, opts)
}

// tooLarge refuses a file before anything is done with it.
func tooLarge(name string, n int64) *LoadError {
	return &LoadError{Name: name, Code: abi.CodeModuleRejected,
		Message: fmt.Sprintf("bytes of the file: %d, the limit is %d", n, maxModule),
		Hint:    "make the module smaller, or split it"}
}

func (h *Host) loadSource(ctx context.Context, file source, opts []LoadOption) (*Module, error) {
	var o loadOptions
	for _, opt := range opts {
		opt(&o)
	}
	if o.name == "" {
		o.name = hex.EncodeToString(file.digest[:6])
	}
	m, err := h.load(ctx, file, o)
	if err != nil {
		return nil, loadError(o.name, err)
	}
	return m, nil
}

func (h *Host) load(ctx context.Context, file source, o loadOptions) (*Module, error) {
	limits := o.limits.or(h.config.Limits)
	ctx, done, err := h.loading(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := limits.validate(); err != nil {
		return nil, err
	}
	if err := o.grants.validate(h, o.stateful); err != nil {
		return nil, err
	}
	if err := checkPin(o.pin, file.digest); err != nil {
		return nil, err
	}
	m := &Module{
		host: h, name: o.name, digest: file.digest, limits: limits,
		grants: o.grants.clone(), stateful: o.stateful,
	}
	ahead := h.engine.Ahead(engine.Source{Digest: file.digest, Admission: admission}, m.world(), m.bootRun())
	entry, err := h.code(ctx, file)
	if err != nil {
		return nil, err
	}
	code := entry.code
	if err := fits(code.MinMemory(), limits); err != nil {
		h.releaseCode(entry)
		return nil, err
	}
	m.entry, m.code = entry, code
	if err := m.boot(ctx, ahead); err != nil {
		h.releaseCode(entry)
		return nil, err
	}
	if !h.enter(m) {
		m.program.Close()
		h.releaseCode(entry)
		return nil, ErrClosed
	}
	return m, nil
}

// enter lists a module; false when the host was closed meanwhile.
func (h *Host) enter(m *Module) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.modules == nil {
		return false
	}
	h.modules[m] = struct{}{}
	return true
}

func checkPin(pin *string, digest [32]byte) error {
	if pin == nil {
		return nil
	}
	want := strings.TrimPrefix(strings.ToLower(*pin), "sha256:")
	if got := hex.EncodeToString(digest[:]); got != want {
		return &LoadError{Code: abi.CodeModuleRejected,
			Message: fmt.Sprintf("its SHA-256 is %s, which is not the pinned %q", got, want),
			Hint:    "get the file that was pinned, or pin this one once you trust it"}
	}
	return nil
}

// boot runs the module's own initialisation and reads its manifest.
func (m *Module) boot(ctx context.Context, ahead *engine.Ahead) error {
	var steps []*engine.Run
	var mu sync.Mutex
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		for _, s := range steps {
			s.Stop(abi.CodeCancelled, "cancelled", context.Cause(ctx))
		}
	})
	defer stop()
	newRun := func() *engine.Run {
		r := m.bootRun()
		mu.Lock()
		steps = append(steps, r)
		mu.Unlock()
		if ctx.Err() != nil {
			r.Stop(abi.CodeCancelled, "cancelled", context.Cause(ctx))
		}
		return r
	}
	program, log, err := m.code.Boot(ctx, m.world(), newRun, ahead)
	if err != nil {
		return m.bootError(err, log)
	}
	m.program = program
	if raw := program.Manifest(); raw != nil {
		if err := m.readManifest(raw); err != nil {
			program.Close()
			return &LoadError{Code: abi.CodeModuleRejected, Logs: log,
				Message: string(engine.PhaseDescribe) + ": the manifest is not one that abi/SPEC.md allows: " + err.Error()}
		}
	}
	if m.stateful {
		m.actor = &actor{}
	}
	return nil
}

func (m *Module) world() engine.World {
	g := wasi.Grants{Args: m.grants.Args, Environ: m.grants.environ()}
	if m.grants.Clock {
		g.Clock = realClock
	}
	if m.grants.Entropy {
		g.Entropy = entropy
	}
	return engine.World{Memory: uint64(m.limits.Memory), Grants: g, Stateful: m.stateful}
}

func (m *Module) readManifest(raw []byte) error {
	manifest, err := abi.ParseManifest(raw)
	if err != nil {
		return err
	}
	m.manifest = manifest
	m.tasks = make(map[string]struct{}, len(manifest.Tasks))
	for _, t := range manifest.Tasks {
		m.tasks[t.Name] = struct{}{}
	}
	return nil
}

// bootError gives a failed initialisation its place among the load errors.
func (m *Module) bootError(err error, log []LogEntry) error {
	var f *engine.Fault
	switch {
	case errors.As(err, &f) && f.Code == abi.CodeCancelled:
		return &LoadError{Code: endedCode(f.Err), Message: "cancelled: " + f.Err.Error(), Logs: log, Err: f.Err}
	case errors.As(err, &f) && f.Code == abi.CodeUnreachable && m.code.IsCommand():
		return &LoadError{Code: abi.CodeModuleRejected, Logs: log,
			Message: f.Error() + ", because the module is a command: it exports _start, which is not run, and no _initialize",
			Hint:    "build a library (Go: -buildmode=c-shared; Rust: crate-type cdylib; C: -mexec-model=reactor)"}
	case errors.As(err, &f):
		if f.Code == abi.CodeDeadline {
			f.Message = deadlineMessage(m.limits.Timeout)
		}
		return &LoadError{Code: abi.CodeModuleRejected, Message: f.Error(), Logs: log, Err: cause(f), Hint: bootHint(f)}
	case engine.IsMemory(err):
		return &LoadError{Code: abi.CodeModuleRejected, Message: err.Error(), Logs: log, Err: err,
			Hint: "raise Limits.Memory or Config.Memory, or close modules that are not used"}
	}
	return err
}

// bootHint says what to do when the module's own code failed while it was
// loaded.
func bootHint(f *engine.Fault) string {
	switch f.Code {
	case abi.CodeDeadline:
		return "raise Limits.Timeout, or let the module do less when it is initialised"
	case abi.CodeFuelExhausted:
		return "raise Limits.Fuel, or let the module do less when it is initialised"
	case abi.CodeMemoryLimit:
		return "raise Limits.Memory, or let the module take less when it is initialised"
	case abi.CodeOutputLimit:
		return "let the module describe itself in fewer bytes"
	case abi.CodeBadResult:
		return "follow abi/SPEC.md, or use the SDK of the module's language"
	}
	return "the module's own code fails before any task; its log and its stack say where"
}

// loadError makes sure that every failure to load is a *LoadError with a name.
func loadError(name string, err error) error {
	var load *LoadError
	var denied *admit.Error
	var invalid *engine.InvalidError
	switch {
	case errors.As(err, &load):
		named := *load
		named.Name = name
		return &named
	case errors.As(err, &denied):
		return &LoadError{Name: name, Code: denied.Code, Message: strings.TrimPrefix(denied.Error(), "admit: "), Hint: denied.Hint, Err: err}
	case errors.As(err, &invalid):
		return &LoadError{Name: name, Code: abi.CodeModuleRejected, Message: err.Error(), Err: err}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &LoadError{Name: name, Code: endedCode(err), Message: err.Error(), Err: err}
	}
	return &LoadError{Name: name, Code: abi.CodeHostError, Message: err.Error(), Err: err}
}

// endedCode tells a context that was cancelled from one whose deadline passed.
func endedCode(cause error) abi.Code {
	if errors.Is(cause, context.DeadlineExceeded) {
		return abi.CodeDeadline
	}
	return abi.CodeCancelled
}
