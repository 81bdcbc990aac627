package guest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// The host loads a guest from its cache at some 80 MB/s, and a first result is
// due in 40 ms. What the SDK may weigh follows from that: a module that prints
// nothing and does nothing has 1,815 KB by itself, and 2,155 KB with a
// context.Context in it.
func TestSizes(t *testing.T) {
	for name, kilobytes := range map[string]int{
		"hello":   2800, // the SDK alone
		"kitchen": 3350, // with fmt and log
		"logger":  3800, // with log/slog
	} {
		t.Run("it keeps "+name+" small", func(t *testing.T) {
			size := len(module(t, name)) / 1000
			t.Logf("%s.wasm has %d KB", name, size)
			require.LessOrEqual(t, size, kilobytes, "something heavy is imported; go build -ldflags=-dumpdep tells what")
		})
	}
}

// BenchmarkCall is a call on a warm instance of plain wazero: two crossings,
// decoding, the handler, encoding. No isolation.
func BenchmarkCall(b *testing.B) {
	page, err := codec.Marshal("the quick brown fox jumps over the lazy dog")
	require.NoError(b, err)
	orders, err := codec.Marshal([]map[string]any{{"item": "tea", "price": 2.5}, {"item": "cup", "price": 7.25, "gift": true}})
	require.NoError(b, err)
	name, err := codec.Marshal("you")
	require.NoError(b, err)
	for _, c := range []struct {
		module, task string
		args         []byte
	}{{"hello", "hello", name}, {"kitchen", "total", orders}, {"kitchen", "count", page}} {
		b.Run(c.task, func(b *testing.B) {
			in := start(b, c.module)
			request := abi.AppendRequest(nil, c.task, c.args)
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				response, err := in.send(ctx, request)
				if err != nil || response[1] != 0 {
					b.Fatal(err, response)
				}
			}
		})
	}
}
