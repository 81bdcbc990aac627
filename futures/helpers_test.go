package futures_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	. "github.com/pledge-wasm/pledge/futures"
)

// bg is the context of waits that the test does not bound.
var bg = context.Background()

var errBoom = errors.New("boom")

// pending returns a promise without an owner who must be asked.
func pending[T any](t *testing.T, task string) *Promise[T] {
	t.Helper()
	return NewPromise(Spec[T]{Task: task})
}

// over returns a context that has ended already.
func over() context.Context {
	ctx, cancel := context.WithCancel(bg)
	cancel()
	return ctx
}

// within returns a context with a deadline on the (fake) clock.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(bg, d)
	t.Cleanup(cancel)
	return ctx
}

func mustRaw(t *testing.T, v any) abi.Raw {
	t.Helper()
	b, err := codec.Marshal(v)
	require.NoError(t, err)
	return b
}

func failed(code abi.Code, err error) *RunError {
	return &RunError{State: StateOf(code), Code: code, Err: err}
}

func states(h []Event) (s []State) {
	for _, e := range h {
		s = append(s, e.State)
	}
	return s
}
