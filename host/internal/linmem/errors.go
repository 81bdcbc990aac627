package linmem

import (
	"errors"
	"fmt"
)

// The mistakes of a caller. Everything that the system refuses is an *[Error] or
// a *[BudgetError] instead.
var (
	// ErrFreed is returned by every method of a memory after Free, and by
	// [Reserve] for an image that was closed.
	ErrFreed = errors.New("linmem: used after it was freed; make a new one")
	// ErrNoImage is returned when a memory that was made without an image is to
	// be reset.
	ErrNoImage = errors.New("linmem: reset of a memory without an image; adopt one first")
	// ErrGrown is returned by [Memory.Reset] when the memory is larger than its
	// image: an engine that has seen the larger size cannot be told otherwise.
	// [Memory.Recycle] makes it fit for a new instance.
	ErrGrown = errors.New("linmem: reset of a memory that has grown; recycle it for a new instance")
	// ErrMax is why [Memory.Grow] refuses a size above the memory's maximum.
	ErrMax = errors.New("linmem: size above the maximum of the memory; raise the memory limit of the run")
	// ErrPieces is returned by [Assemble] for pieces that overlap, are out of order
	// or lie outside of the memory.
	ErrPieces = errors.New("linmem: pieces of an image are not in order, or not within it")
	// ErrMethod is returned by [Reserve] for a method that this system lacks.
	ErrMethod = errors.New("linmem: reset method is not offered by this system; use one of Methods")
)

// Error says that the system refused something.
type Error struct {
	// Op is what was asked for: "reserve", "commit", "seal", "map", "decommit".
	Op string
	// Bytes is for how much.
	Bytes uint64
	// Err is the system's answer.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("linmem: %s %s: %v; %s", e.Op, size(e.Bytes), e.Err, remedies[e.Op])
}

// Unwrap returns the system's answer.
func (e *Error) Unwrap() error { return e.Err }

// remedies says for each Op what the operator can do about it.
var remedies = map[string]string{
	"reserve":  "lower the memory limit or raise the address space limit of the process",
	"commit":   "run fewer tasks at once or give the machine more memory",
	"seal":     "raise the limit of open files, or use the copy method",
	"map":      "run fewer instances or raise vm.max_map_count",
	"decommit": "free the memory instead of recycling it",
}

// BudgetError says that the ledger of the host has no room.
type BudgetError struct {
	// Requested, Used and Limit are bytes: asked for, charged already, and at most.
	Requested, Used, Limit uint64
}

// Error implements error.
func (e *BudgetError) Error() string {
	return fmt.Sprintf("linmem: budget of %s refuses %s: %s in use; raise the memory budget of the host or run fewer tasks at once",
		size(e.Limit), size(e.Requested), size(e.Used))
}

// size writes bytes as a person would, exactly when they are a whole number of a
// unit and in bytes otherwise.
func size(n uint64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
