package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// Code is a module that was admitted, rewritten and compiled. It holds no state
// of guests, so any number of programs can be booted from it. Safe for
// concurrent use.
type Code struct {
	engine      *Engine
	compiled    wazero.CompiledModule
	data        []meter.Segment
	globals     []meter.Global
	facts       meter.Facts
	hasStart    bool
	hasDescribe bool
}

// Compile makes code of a module that was admitted. The bytes are not kept.
func (e *Engine) Compile(ctx context.Context, module *wasm.Module) (*Code, error) {
	rewritten, err := meter.Rewrite(module, meter.Options{})
	if err != nil {
		return nil, fmt.Errorf("rewriting: %w", err)
	}
	compiled, err := e.runtime.CompileModule(experimental.WithCompilationWorkers(ctx, compileWorkers), rewritten.Module)
	if err != nil {
		return nil, &InvalidError{Err: err}
	}
	c := &Code{
		engine:   e,
		compiled: compiled,
		data:     copySegments(rewritten.Data),
		globals:  rewritten.Globals,
		facts:    rewritten.Facts,
		hasStart: rewritten.HasStart,
	}
	_, c.hasDescribe = compiled.ExportedFunctions()[abi.ExportDescribe]
	return c, nil
}

// copySegments lets go of the author's file, which the segments point into.
func copySegments(segments []meter.Segment) []meter.Segment {
	size := 0
	for _, s := range segments {
		size += len(s.Bytes)
	}
	all := make([]byte, 0, size)
	out := make([]meter.Segment, len(segments))
	for n, s := range segments {
		start := len(all)
		all = append(all, s.Bytes...)
		out[n] = meter.Segment{Offset: s.Offset, Bytes: all[start:len(all):len(all)]}
	}
	return out
}

// InvalidError says that the module does not pass WebAssembly's validation.
type InvalidError struct{ Err error }

// Error gives the validator's words.
func (e *InvalidError) Error() string { return "the module is not valid: " + e.Err.Error() }

// Unwrap gives the validator's error.
func (e *InvalidError) Unwrap() error { return e.Err }

// Close frees the compiled code. No program may be left that uses it.
func (c *Code) Close() { _ = c.compiled.Close(context.Background()) }

// MinMemory is the size in bytes that every instance has from the start.
func (c *Code) MinMemory() uint64 { return uint64(c.facts.Memory.Min) << 16 }

// CanDirty reports whether the module has instructions that change what can be
// neither saved nor put back; an instance whose task ran one is not used again.
func (c *Code) CanDirty() bool { return c.facts.CanDirty }

// IsMemory reports whether an error says that memory could not be had.
func IsMemory(err error) bool {
	var budget *linmem.BudgetError
	var system *linmem.Error
	return errors.As(err, &budget) || errors.As(err, &system) || errors.Is(err, linmem.ErrMax)
}
