package host

import (
	"context"
	"crypto/sha256"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// gated is a source that is read once the gate opens, or fails then.
func gated(file []byte, err error) (s source, reading, gate chan struct{}) {
	reading, gate = make(chan struct{}), make(chan struct{})
	return source{sha256.Sum256(file), func() ([]byte, error) {
		close(reading)
		<-gate
		return file, err
	}}, reading, gate
}

func TestLoadTogether(t *testing.T) {
	open := func(t *testing.T) *Host {
		h, err := New(t.Context(), Config{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, h.Close(context.WithoutCancel(t.Context()))) })
		return h
	}
	waiting := func(h *Host, n int) bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, e := range h.codes {
			return e.uses == n
		}
		return false
	}
	file := wasmtest.Echo()

	t.Run("it lets a caller go who waits for another's compilation", func(t *testing.T) {
		h := open(t)
		slow, reading, gate := gated(file, nil)
		first := make(chan error)
		go func() {
			_, err := h.loadSource(context.Background(), slow, nil)
			first <- err
		}()
		<-reading
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := h.Load(ctx, file)
		var refused *LoadError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, abi.CodeDeadline, refused.Code)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		close(gate)
		require.NoError(t, <-first, "one of them alone does not fail the others")
	})
	t.Run("it finishes for others what the first does not want any more", func(t *testing.T) {
		h := open(t)
		slow, reading, gate := gated(file, nil)
		ctx, cancel := context.WithCancel(t.Context())
		first, second := make(chan error), make(chan error)
		go func() {
			_, err := h.loadSource(ctx, slow, nil)
			first <- err
		}()
		<-reading
		go func() {
			_, err := h.Load(context.Background(), file)
			second <- err
		}()
		for !waiting(h, 2) {
			runtime.Gosched()
		}
		cancel()
		close(gate)
		require.NoError(t, <-second)
		var refused *LoadError
		require.ErrorAs(t, <-first, &refused)
		require.Equal(t, abi.CodeCancelled, refused.Code)
		require.EqualValues(t, 1, h.Compilations())
	})
	t.Run("it does not fail others for a file that cannot be read", func(t *testing.T) {
		h := open(t)
		unreadable := errors.New("unreadable")
		slow, reading, gate := gated(file, unreadable)
		first, second := make(chan error), make(chan error)
		go func() {
			_, err := h.loadSource(context.Background(), slow, nil)
			first <- err
		}()
		<-reading
		go func() {
			_, err := h.Load(context.Background(), file)
			second <- err
		}()
		for !waiting(h, 2) {
			runtime.Gosched()
		}
		close(gate)
		require.ErrorIs(t, <-first, unreadable)
		require.NoError(t, <-second)
	})
}
