package host_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// newHost makes a host that lives as long as the test.
func newHost(t testing.TB, config host.Config) *host.Host {
	t.Helper()
	h, err := host.New(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close(context.WithoutCancel(t.Context()))) })
	return h
}

func load(t testing.TB, h *host.Host, wasm []byte, opts ...host.LoadOption) *host.Module {
	t.Helper()
	m, err := h.Load(t.Context(), wasm, opts...)
	require.NoError(t, err)
	return m
}

func TestSubmit(t *testing.T) {
	h := newHost(t, host.Config{})
	m := load(t, h, wasmtest.Echo())
	echo := host.Bind[map[string]int, map[string]int](m, "echo")
	for range 10 {
		got, err := echo.Submit(t.Context(), map[string]int{"a": 1, "b": 2}).Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, map[string]int{"a": 1, "b": 2}, got)
	}
}

func BenchmarkPristineCall(b *testing.B) {
	h := newHost(b, host.Config{Limits: host.Limits{Timeout: time.Second}})
	m := load(b, h, wasmtest.Echo())
	echo := host.Bind[abi.Raw, abi.Raw](m, "echo")
	ctx := context.Background()
	args := abi.AppendText(nil, "hello")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := echo.Submit(ctx, args).Result(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
