package engine

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/cache"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// Code is a module that was admitted, rewritten and compiled. It holds no state
// of guests, so any number of programs can be booted from it. Safe for
// concurrent use.
type Code struct {
	engine   *Engine
	compiled wazero.CompiledModule
	key      *cache.Key // of the store; nil when that has no part in it
	notes
}

// Compile makes code of a module that was admitted. The bytes are not kept. The
// store has no part in it; see [Engine.Code].
func (e *Engine) Compile(ctx context.Context, module *wasm.Module) (*Code, error) {
	c, _, _, err := e.compile(ctx, module)
	return c, err
}

// compile is Compile that also gives the rewritten module and, when there is a
// store, the native code.
func (e *Engine) compile(ctx context.Context, module *wasm.Module) (c *Code, rewritten []byte, made io.Reader, err error) {
	r, err := meter.Rewrite(module, meter.Options{})
	if err != nil {
		return nil, nil, nil, &InvalidError{Err: err}
	}
	c = &Code{engine: e, notes: notes{
		data:     joined(r.Data, uint64(r.Facts.Memory.Min)<<16),
		globals:  r.Globals,
		facts:    r.Facts,
		hasStart: r.HasStart,
	}}
	e.compilations.Add(1)
	run := func() (err error) {
		c.compiled, err = e.runtime.CompileModule(experimental.WithCompilationWorkers(ctx, compileWorkers), r.Module)
		return err
	}
	if e.backing != nil {
		made, err = e.backing.compile(nil, run)
	} else {
		err = run()
	}
	if err != nil {
		return nil, nil, nil, &InvalidError{Err: err}
	}
	_, c.hasDescribe = c.compiled.ExportedFunctions()[abi.ExportDescribe]
	return c, r.Module, made, nil
}

// InvalidError says that the module does not pass WebAssembly's validation, or
// cannot be rewritten.
type InvalidError struct{ Err error }

// Error gives the words of the validator, or of the rewriting.
func (e *InvalidError) Error() string {
	var rewriting *meter.Error
	if errors.As(e.Err, &rewriting) {
		return "the module cannot be rewritten: " + strings.TrimPrefix(rewriting.Error(), "meter: ")
	}
	return "the module is not valid: " + e.Err.Error()
}

// Unwrap gives the error of the validator, or of the rewriting.
func (e *InvalidError) Unwrap() error { return e.Err }

// Close frees the compiled code. No program may be left that uses it.
func (c *Code) Close() { _ = c.compiled.Close(context.Background()) }

// MinMemory is the size in bytes that every instance has from the start.
func (c *Code) MinMemory() uint64 { return uint64(c.facts.Memory.Min) << 16 }

// CanDirty reports whether the module has instructions that change what can be
// neither saved nor put back; an instance whose task ran one is not used again.
func (c *Code) CanDirty() bool { return c.facts.CanDirty }

// IsCommand reports whether the module exports _start, which nobody runs, and no
// _initialize: one that was not built as a library.
func (c *Code) IsCommand() bool {
	exports := c.compiled.ExportedFunctions()
	return exports["_start"] != nil && exports[abi.ExportInitialize] == nil
}

// IsMemory reports whether an error says that memory could not be had.
func IsMemory(err error) bool {
	var budget *linmem.BudgetError
	var system *linmem.Error
	return errors.As(err, &budget) || errors.As(err, &system) || errors.Is(err, linmem.ErrMax)
}
