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

	mu       sync.Mutex // guards the rest; held while decoding
	evicted  bool
	hasValue bool
	hasRaw   bool
	value    T
	raw      abi.Raw
	valueErr error
	rawErr   error
}

func (r *result[T]) setValue(v T) {
	r.mu.Lock()
	r.value, r.hasValue = v, true
	r.mu.Unlock()
}

func (r *result[T]) setRaw(raw abi.Raw) {
	r.mu.Lock()
	r.raw, r.hasRaw = raw, true
	r.mu.Unlock()
}

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
		r.hasValue = true
		if err := guard("result decoder", r.unmarshal); err != nil {
			var none T
			r.value = none
			r.valueErr = r.fail(c, fmt.Sprintf("%T", &none)[1:], err)
		}
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
		r.hasRaw = true
		err := guard("result encoder", func() error {
			b, err := codec.Marshal(r.value)
			r.raw = unwrap(b).raw // wrappers are notes for arguments only
			return err
		})
		if err != nil {
			r.raw = nil
			r.rawErr = r.fail(c, "CBOR", err)
		}
	}
	return r.raw, r.rawErr
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
