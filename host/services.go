package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
)

// Call answers what the guest asks of its host (abi/SPEC.md, imports). It runs
// on the goroutine of the run, while the guest waits.
func (r *run) Call(ctx context.Context, function string, args abi.Raw) []byte {
	value, err := r.serve(ctx, function, args)
	if err != nil {
		return abi.AppendError(nil, guestError(err))
	}
	return abi.AppendValue(make([]byte, 0, len(value)+2), value)
}

func (r *run) serve(ctx context.Context, function string, args abi.Raw) (abi.Raw, error) {
	switch function {
	case abi.FuncProgress:
		r.promise.Progress(args)
		return nil, nil
	case abi.FuncSubmit, abi.FuncAwait, abi.FuncCancel:
		if r.family == nil {
			return nil, notGranted(function)
		}
		return r.family.serve(ctx, function, args)
	}
	f, known := r.host.config.Functions[function]
	switch {
	case !known:
		return nil, &GuestError{Code: string(abi.BoundaryUnknownFunction), Message: fmt.Sprintf("the host has no function %q", function)}
	case !slices.Contains(r.module.grants.Functions, function):
		return nil, notGranted(function)
	}
	args, err := r.resolveArgs(ctx, args)
	if err != nil {
		return nil, err
	}
	value, err := protect(ctx, f, args)
	if err != nil {
		return nil, err
	}
	return r.encode(ctx, value)
}

// encode gives what a function returned its form for the guest. It waits for the
// futures in it without holding the slot.
func (r *run) encode(ctx context.Context, value any) (abi.Raw, error) {
	encoded, err := encode(value)
	if err != nil {
		return nil, err
	}
	if len(encoded.Futures()) > 0 {
		r.host.scheduler.yield()
		defer r.host.scheduler.reclaim(ctx)
	}
	return encoded.Resolve(ctx, futures.Limits{Bytes: r.limits.Result})
}

func notGranted(function string) error {
	return &GuestError{Code: string(abi.BoundaryNotGranted), Message: fmt.Sprintf("the function %q was not granted to this module", function)}
}

// protect calls a function of the embedder. A panic in it must not unwind
// through the guest: it becomes an error for the guest to see.
func protect(ctx context.Context, f Function, args abi.Raw) (value any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the host's function panicked: %v", p)
		}
	}()
	return f(ctx, args)
}

// codeError is the code of errors of the embedder's functions that have none.
const codeError = "error"

// guestError makes of any error what a guest can read: text, and data that is an
// item.
func guestError(err error) *GuestError {
	g := GuestError{Code: codeError}
	child, isChild := errors.AsType[*childError](err)
	own, isOwn := errors.AsType[*GuestError](err)
	switch {
	case isChild:
		g = *child.guest()
	case isOwn && own == nil:
		g.Message = "the host's function returned a nil *GuestError as its error"
	case isOwn:
		g = *own
	default:
		g.Message = err.Error()
	}
	g.Code, g.Message = strings.ToValidUTF8(g.Code, "\ufffd"), strings.ToValidUTF8(g.Message, "\ufffd")
	if len(g.Data) > 0 && abi.Check(g.Data, abi.Limits{Depth: abi.MaxDepth - 1}) != nil {
		g.Data = nil
	}
	return &g
}

// resolveArgs puts results in the place of the futures in the arguments of a
// host function.
func (r *run) resolveArgs(ctx context.Context, args abi.Raw) (abi.Raw, error) {
	if !abi.MayHaveFutures(args) {
		return args, nil
	}
	f := r.family
	if f == nil {
		f = newFamily(r)
	}
	resolved, err := f.resolve(ctx, args)
	return resolved, unresolvedArgs(err)
}

// unresolvedArgs is what a guest hears of futures in arguments that have no
// results: nil when they do.
func unresolvedArgs(err error) error {
	if err == nil {
		return nil
	}
	code := abi.BoundaryBadArgs
	own, isOwn := errors.AsType[*GuestError](err)
	switch run, failed := errors.AsType[*futures.RunError](err); {
	case failed && run != nil:
		code = string(abi.CodeUpstream)
	case errors.Is(err, futures.ErrUnknownFuture), isOwn && own.Code == abi.BoundaryUnknownFuture:
		code = abi.BoundaryUnknownFuture
	}
	return &GuestError{Code: code, Message: err.Error()}
}

func unknownFuture() error {
	return &GuestError{Code: string(abi.BoundaryUnknownFuture), Message: "the future is not one that this run was given or has submitted"}
}
