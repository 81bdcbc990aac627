package futures

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// ErrEvicted is why a completed run's result cannot be read any more: its
// owner has let go of it. A result that is CBOR null is a value, not this.
var ErrEvicted = errors.New("result evicted")

// ResultError says that a run completed but its result cannot be had in the
// form asked for. The run stays Completed; other readers may fare better.
type ResultError struct {
	ID   uuid.UUID
	Task string
	Want string // what was asked for, such as "map[string]int" or "CBOR"
	Err  error
}

// Error names the run and the form.
func (e *ResultError) Error() string {
	name := e.Task
	if name == "" {
		name = "run"
	}
	return fmt.Sprintf("futures: result of %s %s as %s: %v", name, e.ID, e.Want, e.Err)
}

// Unwrap returns the cause.
func (e *ResultError) Unwrap() error { return e.Err }

// result is a run's result in up to two forms, each made from the other at
// most once, when first asked for.
type result[T any] struct {
	decode func(abi.Raw) (T, error) // nil: codec.Decode; set before first use

	// Guarded by mu.
	raw      abi.Raw
	rawErr   error
	valueErr error

	mu       sync.Mutex // held while decoding
	evicted  bool       // this and the rest are guarded, too
	hasValue bool
	hasRaw   bool
	value    T
}

// setValue and setRaw are called before the future is done, and so before
// anybody reads.
func (r *result[T]) setValue(v T)       { r.value, r.hasValue = v, true }
func (r *result[T]) setRaw(raw abi.Raw) { r.raw, r.hasRaw = raw, true }

func (r *result[T]) evict() {
	r.mu.Lock()
	defer r.mu.Unlock()
	var none T
	r.evicted, r.value, r.raw, r.decode = true, none, nil, nil
}

func (r *result[T]) typed(c *core) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.evicted {
		var none T
		return none, r.fail(c, fmt.Sprintf("%T", &none)[1:], ErrEvicted)
	}
	if !r.hasValue {
		if err := guard("result decoder", r.unmarshal); err != nil {
			var none T
			r.value = none
			r.valueErr = r.fail(c, fmt.Sprintf("%T", &none)[1:], err)
		}
		r.hasValue = true // not before: a decoder may end its goroutine
	}
	return r.value, r.valueErr
}

func (r *result[T]) unmarshal() (err error) {
	if r.decode != nil {
		r.value, err = r.decode(r.raw)
		return err
	}
	if raw, ok := any(&r.value).(*abi.Raw); ok {
		*raw = r.raw
		return nil
	}
	return codec.Decode(r.raw, &r.value)
}

func (r *result[T]) encoded(c *core) (abi.Raw, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.evicted {
		return nil, r.fail(c, "CBOR", ErrEvicted)
	}
	if !r.hasRaw {
		err := guard("result encoder", r.marshal)
		if err != nil {
			r.raw = nil
			r.rawErr = r.fail(c, "CBOR", err)
		}
		r.hasRaw = true
	}
	return r.raw, r.rawErr
}

func (r *result[T]) marshal() error {
	v := any(r.value)
	if holds(v) { // wrappers too, inside which the codec would not notice a cycle
		if err := collect(v, func(Any, Path, mode) {}); err != nil {
			return err
		}
	}
	b, err := codec.Marshal(v)
	if err != nil {
		return err
	}
	u, err := unwrap(b) // wrappers are notes for arguments only
	r.raw = u.raw
	return err
}

func (r *result[T]) fail(c *core, want string, err error) error {
	return &ResultError{ID: c.id, Task: c.task, Want: want, Err: err}
}

// guard calls f and turns its panic into an error.
func guard(where string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Where: where, Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}
