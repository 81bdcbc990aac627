package host_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// cacheDir is a private directory that does not exist yet.
func cacheDir(t testing.TB) string { return filepath.Join(t.TempDir(), "cache") }

func TestCompileOnce(t *testing.T) {
	for name, test := range map[string]struct {
		dir  string
		want int64
	}{
		"it compiles once for 1000 callers at once":                {"", 1},
		"it compiles once for 1000 callers with a cache directory": {cacheDir(t), 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, host.Config{CacheDir: test.dir})
			file := wasmtest.Echo()
			var work sync.WaitGroup
			start := make(chan struct{})
			modules := make([]*host.Module, 1000)
			for n := range modules {
				work.Go(func() {
					<-start
					m, err := h.Load(t.Context(), file)
					if err != nil {
						t.Error(err)
					}
					modules[n] = m
				})
			}
			close(start)
			work.Wait()
			require.Equal(t, test.want, h.Compilations())
			require.Equal(t, 1, h.Codes())
			for _, m := range modules {
				require.NoError(t, m.Close(t.Context()))
			}
			require.Zero(t, h.Codes())
		})
	}
}

func TestCacheDir(t *testing.T) {
	dir := cacheDir(t)
	for n, want := range []int64{1, 0, 0} {
		h := newHost(t, host.Config{CacheDir: dir})
		m := load(t, h, wasmtest.Tasks())
		got, err := host.Bind[string, string](m, "echo").Submit(t.Context(), "hi").Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, "hi", got)
		require.Equal(t, want, h.Compilations(), "process %d", n)
	}
	t.Run("it loads files with and without reading them whole", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "counter.wasm")
		require.NoError(t, os.WriteFile(path, wasmtest.Sum(), 0o600))
		for _, want := range []int64{1, 0} {
			h := newHost(t, host.Config{CacheDir: dir})
			m, err := h.LoadFile(t.Context(), path)
			require.NoError(t, err)
			require.Equal(t, "counter.wasm", m.Name())
			got, err := host.Bind[map[string]int, int](m, "sum").Submit(t.Context(), map[string]int{"a": 1, "b": 2}).Result(t.Context())
			require.NoError(t, err)
			require.Equal(t, 3, got)
			require.Equal(t, want, h.Compilations())
		}
	})
	t.Run("it refuses the same modules with and without", func(t *testing.T) {
		h := newHost(t, host.Config{CacheDir: dir})
		for range 2 {
			_, err := h.Load(t.Context(), []byte("\x00asm\x01\x00\x00\x00\x02\x01"))
			var refused *host.LoadError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, abi.CodeModuleRejected, refused.Code)
		}
	})
	t.Run("it says what is wrong with the directory", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		_, err := host.New(t.Context(), host.Config{CacheDir: file})
		var refused *host.CacheError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, file, refused.Dir)
		require.NotEmpty(t, refused.Hint)
	})
}

// TestDistinctModules loads and closes a thousand different modules: no mapping,
// goroutine or memory of theirs is left.
func TestDistinctModules(t *testing.T) {
	h := newHost(t, host.Config{CacheDir: cacheDir(t)})
	run := func(from, to int) {
		for n := from; n < to; n++ {
			file := wasmtest.Run(nil, wasmtest.I32Const(int32(n)), wasmtest.Drop)
			m, err := h.Load(t.Context(), file)
			require.NoError(t, err)
			_, err = host.Bind[any, any](m, "x").Submit(t.Context(), nil).Result(t.Context())
			require.NoError(t, err)
			require.NoError(t, m.Close(t.Context()))
		}
	}
	run(0, 50)
	mappings, goroutines, heap := held()
	run(50, 1050) // a thousand
	afterMappings, afterGoroutines, afterHeap := held()
	require.EqualValues(t, 1050, h.Compilations())
	require.Zero(t, h.Codes())
	require.LessOrEqual(t, afterMappings, mappings+20)
	require.LessOrEqual(t, afterGoroutines, goroutines+2)
	require.LessOrEqual(t, afterHeap, heap+2<<20)
}

// held counts what the process has: mappings (0 where they cannot be counted),
// goroutines, bytes of heap.
func held() (mappings, goroutines, heap int) {
	// wazero unmaps code in a finalizer, which takes a collection or two.
	for range 3 {
		runtime.GC()
		done := make(chan struct{})
		runtime.AddCleanup(new([16]byte), func(c chan struct{}) { close(c) }, done)
		runtime.GC()
		<-done
	}
	if maps, err := os.ReadFile("/proc/self/maps"); err == nil {
		mappings = bytes.Count(maps, []byte("\n"))
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return mappings, runtime.NumGoroutine(), int(m.HeapAlloc)
}
