package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/admit"
	"github.com/pledge-wasm/pledge/host/internal/engine"
)

// Inspection is what can be told of a file without running a task of it. When
// it is not admitted, what had not been looked at by then is zero.
type Inspection struct {
	// Digest is the SHA-256 of the file in hexadecimal, Size its length in
	// bytes.
	Digest string
	Size   int64
	// Kind is "native" for a module of ABI v1, "wasi command" for one that
	// exports _start instead, "wasm" for another module, "component" for a
	// component, and "unknown" for what is none of these.
	Kind string
	// MemoryMin and MemoryMax are the bounds of the linear memory as the
	// module declares them, MemoryBoot its size after initialisation, all in
	// bytes. MemoryMax is 0 when the module declares none.
	MemoryMin, MemoryMax, MemoryBoot uint64
	// Functions counts those that the module defines, CodeBytes is their size.
	Functions, CodeBytes int64
	// CompileCost is an upper bound for the time that compiling takes, as
	// admission estimates it.
	CompileCost time.Duration
	// Imports lists what the module needs of its host.
	Imports []Import
	// Admitted says whether the module was loaded; when not, Err says why.
	Admitted bool
	Err      *LoadError
	// Reuse says how each task gets a fresh world: "reset" when the instance
	// is put back into its recorded state, "new instance" when it is made anew
	// because initialising changes what cannot be put back.
	Reuse string
	// SpoilsItself says that the module has instructions that change tables
	// or drop segments: an instance in which a task ran one is not used again.
	SpoilsItself bool
	// Manifest is what the module says of itself; nil when nothing.
	Manifest *abi.Manifest
	// Logs is what the module logged while it was loaded.
	Logs []LogEntry
}

// Import is one thing that a module needs of its host.
type Import struct {
	// Module and Name are the two parts of its name.
	Module, Name string
	// Kind is func, table, memory, global or tag; Type a function's signature.
	Kind, Type string
	// Allowed says whether the host has it, with that signature.
	Allowed bool
	// Hint says what to do when it is not there, where there is a usual cure.
	Hint string
}

// Inspect tells what a file is and whether it would be loaded, by loading it and
// letting it go again. It takes the options of [Host.Load]. The error is only
// ever that the host is closed or that ctx ended; what is wrong with the file is
// in the answer.
func (h *Host) Inspect(ctx context.Context, wasm []byte, opts ...LoadOption) (*Inspection, error) {
	digest := digestOf(wasm)
	in := &Inspection{Digest: hex.EncodeToString(digest[:]), Size: int64(len(wasm)), Kind: "unknown"}
	if report, _ := admitModule(wasm); report != nil {
		in.describe(report)
	} else if bytes.HasPrefix(wasm, []byte("\x00asm\x0d\x00\x01\x00")) {
		in.Kind = "component"
	}
	m, err := h.Load(ctx, wasm, opts...)
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, ErrClosed) {
			return nil, err
		}
		errors.As(err, &in.Err)
		in.Logs = in.Err.Logs
		return in, nil
	}
	defer m.Close(ctx)
	in.Admitted = true
	in.MemoryBoot = m.program.MemorySize()
	in.Reuse = string(m.program.Reuse())
	in.SpoilsItself = m.code.CanDirty()
	in.Manifest = m.manifest
	in.Logs = m.Logs()
	return in, nil
}

// describe copies what admission found.
func (in *Inspection) describe(r *admit.Report) {
	in.Kind = kindOf(r)
	in.MemoryMin = uint64(r.MemoryMin) << 16
	if r.HasMemoryMax {
		in.MemoryMax = uint64(r.MemoryMax) << 16
	}
	in.Functions, in.CodeBytes, in.CompileCost = r.Functions, r.Code, r.Cost
	for _, im := range r.Imports {
		in.Imports = append(in.Imports, Import{
			Module: im.Module, Name: im.Name, Kind: im.Kind, Type: im.Type, Allowed: im.Allowed, Hint: im.Cure,
		})
	}
}

// kindOf tells modules apart by what they export.
func kindOf(r *admit.Report) string {
	start := false
	for _, e := range r.Module.Exports {
		switch e.Name {
		case abi.ExportCall:
			return "native"
		case "_start":
			start = true
		}
	}
	if start {
		return "wasi command"
	}
	return "wasm"
}

// Platform tells what runs the guests, for people: the engine and how the
// memory of a used instance is put back.
func Platform() (engineName, resetMethod string) {
	return engine.Version + " " + engine.Kind(), engine.ResetMethod()
}
