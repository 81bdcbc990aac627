package engine

import (
	"context"

	"github.com/tetratelabs/wazero/experimental"

	"github.com/pledge-wasm/pledge/abi"
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
// memory.grow answer -1. When the run may have more but the host has not, the run
// ends: an answer to the guest would let its result depend on its neighbours.
func (m *memory) Reallocate(size uint64) (grown []byte) {
	if size <= m.Size() {
		return m.Bytes()
	}
	r := m.instance.run
	if r == nil || size > min(r.Memory, m.Max()) {
		if r != nil {
			r.growthDenied = true
		}
		return nil
	}
	for to := m.Size(); to < size; {
		if grown != nil {
			r.check()
		}
		to = min(to+growPiece, size)
		err := m.instance.program.code.engine.withRoom(func() error {
			if grown = m.Grow(to); grown == nil {
				return m.Refused()
			}
			return nil
		})
		if err != nil {
			panic(stopf(abi.CodeMemoryLimit, "growing the memory to %d bytes: %v", size, err))
		}
	}
	return grown
}

// growPiece is how many bytes are granted in one go. So much is backed by real
// memory at once, see [linmem.Backed], which takes time that the guest's fuel
// knows nothing of: between two pieces the run may end. What is backed costs the
// guest no faults, during which nobody could stop it.
const growPiece = linmem.Backed

// Free does nothing: the instance frees its memory once it is closed.
func (m *memory) Free() {}

// withMemory tells wazero to use m for the next instance.
func withMemory(ctx context.Context, m *memory) context.Context {
	return experimental.WithMemoryAllocator(ctx, m)
}
