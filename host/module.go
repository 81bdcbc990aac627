package host

import (
	"context"
	"encoding/hex"
	"slices"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/engine"
	"github.com/pledge-wasm/pledge/host/internal/logs"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// Module is a module that was loaded: admitted, compiled, initialised and ready
// to run tasks. It belongs to its host and may be used by many goroutines.
type Module struct {
	host     *Host
	name     string
	digest   [32]byte
	limits   Limits
	grants   Grants
	stateful bool

	entry    *codeEntry
	code     *engine.Code // of entry
	program  *engine.Program
	manifest *abi.Manifest
	tasks    map[string]struct{} // nil when the module has no manifest
	actor    *actor              // of a stateful module

	mu     sync.Mutex
	runs   int  // guarded by mu; runs that are not done
	closed bool // guarded by mu
}

// Digest is the SHA-256 of the module's bytes, in hexadecimal. It names the
// module on every machine.
func (m *Module) Digest() string { return hex.EncodeToString(m.digest[:]) }

// Name is the file's name, or what [WithName] said.
func (m *Module) Name() string { return m.name }

// Limits are the limits of the module's tasks, defaults filled in.
func (m *Module) Limits() Limits { return m.limits }

// Grants are what the module was granted.
func (m *Module) Grants() Grants { return m.grants.clone() }

// Manifest is what the module says of itself; nil when it says nothing. The
// caller must not change it.
func (m *Module) Manifest() *abi.Manifest { return m.manifest }

// Logs is what the module logged while it was loaded.
func (m *Module) Logs() []LogEntry { return slices.Clone(m.program.BootLog()) }

// taskNames lists the tasks of the manifest in its order.
func (m *Module) taskNames() []string {
	if m.manifest == nil {
		return nil
	}
	names := make([]string, len(m.manifest.Tasks))
	for i, t := range m.manifest.Tasks {
		names[i] = t.Name
	}
	return names
}

// has reports whether the module may have a task: without a manifest only the
// guest knows.
func (m *Module) has(task string) bool {
	if m.tasks == nil {
		return true
	}
	_, ok := m.tasks[task]
	return ok
}

// bootRun gives the limits under which guest code is initialised.
func (m *Module) bootRun() *engine.Run { return bootRun(m.limits, m.digest) }

func bootRun(l Limits, digest [32]byte) *engine.Run {
	return &engine.Run{
		Limits: engine.Limits{
			Memory:    uint64(l.Memory),
			Fuel:      l.Fuel,
			Deadline:  now().Add(l.Timeout),
			Result:    l.Result,
			HostCalls: l.HostCalls,
		},
		Logs: logs.Limits{Bytes: l.Logs, Entries: logEntries(l.Logs)},
		Seed: initSeed(digest),
	}
}

// initSeed seeds the randomness of a module's own initialisation by its digest.
type initSeed [32]byte

// Seed implements [engine.Seeder].
func (digest initSeed) Seed(func(n uint64) error) ([32]byte, error) {
	return wasi.InitSeed(digest), nil
}

// acquire counts a run in; it fails once the module is closed.
func (m *Module) acquire() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrModuleClosed
	}
	m.runs++
	return nil
}

// hold counts in what keeps the module loaded beside a run that is counted
// already.
func (m *Module) hold() {
	m.mu.Lock()
	m.runs++
	m.mu.Unlock()
}

// release counts a run out.
func (m *Module) release() {
	m.mu.Lock()
	m.runs--
	last := m.closed && m.runs == 0
	m.mu.Unlock()
	if last {
		m.unload()
	}
}

// Close unloads the module: nothing more is accepted, and when the runs that
// were accepted are done its memory is given back. It does not wait for them.
// Closing twice is harmless, and so is not closing: [Host.Close] does.
func (m *Module) Close(context.Context) error {
	m.mu.Lock()
	first := !m.closed
	m.closed = true
	idle := m.runs == 0
	m.mu.Unlock()
	if first && idle {
		m.unload()
	}
	return nil
}

func (m *Module) unload() {
	m.program.Close()
	m.host.mu.Lock()
	delete(m.host.modules, m)
	m.host.mu.Unlock()
	m.host.releaseCode(m.entry)
}
