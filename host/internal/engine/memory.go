package engine

import (
	"context"

	"github.com/tetratelabs/wazero/experimental"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// memory is the linear memory of one instance, as wazero wants to see it.
type memory struct {
	*linmem.Memory
	instance *Instance
}

var (
	_ experimental.MemoryAllocator = (*memory)(nil)
	_ experimental.LinearMemory    = (*memory)(nil)
)

// Allocate hands wazero the memory that was reserved before. It has its first
// size already, because wazero does not look at a nil from here.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate grows the memory when the limits of the run allow it; nil makes
// memory.grow answer -1.
func (m *memory) Reallocate(size uint64) (grown []byte) {
	if size <= m.Size() {
		return m.Bytes()
	}
	r := m.instance.run
	if r == nil || size > r.Memory {
		if r != nil {
			r.growthDenied = true
		}
		return nil
	}
	_ = m.instance.program.code.engine.withRoom(func() error {
		if grown = m.Grow(size); grown == nil {
			return m.Refused()
		}
		return nil
	})
	if grown == nil {
		r.growthDenied = true
	}
	return grown
}

// Free does nothing: the instance frees its memory once it is closed.
func (m *memory) Free() {}

// withMemory tells wazero to use m for the next instance.
func withMemory(ctx context.Context, m *memory) context.Context {
	return experimental.WithMemoryAllocator(ctx, m)
}
