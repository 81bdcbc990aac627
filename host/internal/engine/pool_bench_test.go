package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/internal/buildguest"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// BenchmarkInstance is what it costs to have an instance ready: one that was
// used before, a new one in a memory that was used before, and all new.
func BenchmarkInstance(b *testing.B) {
	guests := []struct {
		name string
		wasm func(testing.TB) []byte
	}{
		{"small", func(testing.TB) []byte { return wt.Echo() }},
		{"Go", func(t testing.TB) []byte { return buildguest.Go(t, "../../../examples/hello/guest") }},
	}
	for _, g := range guests {
		p := bootWith(b, g.wasm(b), Options{}, World{Memory: 64 << 20})
		use := func(b *testing.B, leave func(*Instance)) {
			b.ReportAllocs()
			for b.Loop() {
				i, err := p.Acquire(b.Context(), patient)
				require.NoError(b, err)
				i.mem.Bytes()[0]++
				leave(i)
			}
		}
		b.Run(g.name+"/used before", func(b *testing.B) { use(b, p.Release) })
		b.Run(g.name+"/in a used memory", func(b *testing.B) {
			use(b, func(i *Instance) {
				i.spoiled = true
				p.Release(i)
			})
		})
		b.Run(g.name+"/new", func(b *testing.B) { use(b, (*Instance).close) })
	}
}
