package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/cache"
	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// newStored makes an engine, as of a new process, with a store.
func newStored(t testing.TB, dir string) *Engine {
	t.Helper()
	e, err := New(t.Context(), Options{CacheDir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close(t.Context())) })
	require.NotNil(t, e.backing, "this release of wazero has no place for the backing")
	return e
}

// code gets code from an engine and tells whether it had to be compiled.
func code(t testing.TB, e *Engine, file []byte) (c *Code, compiled bool) {
	t.Helper()
	c, err := e.Code(t.Context(), Source{Digest: digestOf(file), Module: func() (*wasm.Module, error) {
		compiled = true
		return wasm.Decode(file, nil)
	}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, compiled
}

func digestOf(b []byte) (d [32]byte) { k := cache.NewKey(string(b)); copy(d[:], k[:]); return d }

// answers runs every task of a guest and gives what can be seen of it.
func answers(t testing.TB, c *Code) []string {
	t.Helper()
	p, log, err := c.Boot(t.Context(), World{Memory: 16 << 20}, testRun, nil)
	require.NoError(t, err)
	defer p.Close()
	seen := []string{fmt.Sprint(log), string(p.Manifest()), fmt.Sprint(p.Reuse(), p.MemorySize(), c.MinMemory(), c.CanDirty())}
	for _, task := range []string{"echo", "sum", "null", "fail", "trap", "abort", "recurse", "grow", "growtrap", "count", "log", "write", "exit", "other"} {
		for _, args := range [][]byte{{0xf6}, {0xa2, 0x61, 'a', 1, 0x61, 'b', 2}} {
			r := testRun()
			r.Task, r.Args = task, args
			i, err := p.Acquire(t.Context(), testRun)
			require.NoError(t, err)
			response, log, f := i.Call(r)
			p.Release(i)
			fault := ""
			if f != nil {
				fault = f.Error() + " " + string(f.Code)
			}
			seen = append(seen, fmt.Sprintf("%s %x %v %s %d", task, response, log, fault, r.Fuel()))
		}
	}
	return seen
}

// TestStoredCode holds stored code against code that was just compiled: in
// answers, faults, logs and fuel nothing may tell them apart.
func TestStoredCode(t *testing.T) {
	for name, file := range map[string][]byte{
		"it runs many tasks":          wasmtest.Tasks(),
		"it keeps globals":            wasmtest.Counter(wasmtest.InGlobal),
		"it keeps memory":             wasmtest.Counter(wasmtest.InMemory),
		"it runs without a manifest":  wasmtest.Echo(),
		"it traps with the same text": wasmtest.OutOfBounds(),
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cache")
			cold, compiled := code(t, newStored(t, dir), file)
			require.True(t, compiled)
			want := answers(t, cold)
			for range 2 {
				warm, compiled := code(t, newStored(t, dir), file)
				require.False(t, compiled, "it was not stored")
				require.Equal(t, want, answers(t, warm))
			}
		})
	}
}

// TestTwins has two modules that differ only in bodies, so that their outlines
// are the same but for the key.
func TestTwins(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	one, two := wasmtest.Fib(10), wasmtest.Fib(11)
	first := newStored(t, dir)
	code(t, first, one)
	code(t, first, two)
	e := newStored(t, dir)
	for _, twin := range []struct {
		file []byte
		want byte
	}{{one, 55}, {two, 89}} {
		c, compiled := code(t, e, twin.file)
		require.False(t, compiled)
		p, _, err := c.Boot(t.Context(), World{Memory: 16 << 20}, testRun, nil)
		require.NoError(t, err)
		defer p.Close()
		r := testRun()
		r.Task, r.Args = "fib", []byte{0xf6}
		response, f := call(t, p, r)
		require.Nil(t, f)
		require.Equal(t, twin.want, response[len(response)-1])
	}
}

// TestDamagedStore damages the file of an entry in ways that must end in a
// compilation and never in an error or a wrong answer.
func TestDamagedStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	file := wasmtest.Tasks()
	cold, _ := code(t, newStored(t, dir), file)
	files, err := filepath.Glob(filepath.Join(dir, "*.code"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	want := answers(t, cold)
	original, err := os.ReadFile(files[0])
	require.NoError(t, err)
	for at := 0; at < len(original); at += 1 + len(original)/40 {
		for _, damaged := range [][]byte{original[:at], append(append(bytes.Clone(original[:at]), original[at]^0x10), original[at+1:]...)} {
			require.NoError(t, os.WriteFile(files[0], damaged, 0o600))
			c, compiled := code(t, newStored(t, dir), file)
			require.True(t, compiled)
			if at%7 == 0 {
				require.Equal(t, want, answers(t, c))
			}
			c, compiled = code(t, newStored(t, dir), file)
			require.False(t, compiled, "it was not stored anew")
			require.NotNil(t, c)
		}
	}
}

// TestForeignCode gives wazero genuine entries whose code it does not take.
func TestForeignCode(t *testing.T) {
	file := wasmtest.Echo()
	for name, native := range map[string]string{
		"it compiles when the code is of another wazero": "WAZEVO\x06v0.0.1\x00\x00\x00\x00",
		"it compiles when the code is no code":           "something else entirely, of some length",
		"it compiles when the code ends":                 "WAZEVO",
		"it compiles when there is none":                 "",
	} {
		t.Run(name, func(t *testing.T) {
			e := newStored(t, filepath.Join(t.TempDir(), "cache"))
			c, _ := code(t, e, file)
			want := answers(t, c)
			m, err := wasm.Decode(file, nil)
			require.NoError(t, err)
			r, err := meter.Rewrite(m, meter.Options{})
			require.NoError(t, err)
			key := e.key(Source{Digest: digestOf(file)})
			n := c.notes
			n.outline, err = outline(r.Module, key[:])
			require.NoError(t, err)
			require.NoError(t, e.store.Put(key, n.append(nil), bytes.NewReader([]byte(native))))
			again, compiled := code(t, e, file)
			require.True(t, compiled)
			require.Equal(t, want, answers(t, again))
		})
	}
}

func TestRefusedModule(t *testing.T) {
	e := newStored(t, filepath.Join(t.TempDir(), "cache"))
	refused := errors.New("refused")
	_, err := e.Code(t.Context(), Source{Module: func() (*wasm.Module, error) { return nil, refused }})
	require.ErrorIs(t, err, refused)
	// Nobody is kept waiting by what was refused.
	_, compiled := code(t, e, wasmtest.Echo())
	require.True(t, compiled)
}

// TestSideBySide compiles and loads many modules at once, so that wazero asks in
// any order.
func TestSideBySide(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	for round := range 2 {
		e := newStored(t, dir)
		var work sync.WaitGroup
		for n := range 20 {
			work.Go(func() {
				file := wasmtest.Fib(int64(n))
				c, compiled := code(t, e, file)
				if compiled != (round == 0) {
					t.Error("compiled:", compiled, "in round", round)
				}
				p, _, err := c.Boot(t.Context(), World{Memory: 1 << 20}, testRun, nil)
				if err != nil {
					t.Error(err)
					return
				}
				defer p.Close()
				r := testRun()
				r.Task, r.Args = "x", []byte{0xf6}
				i, err := p.Acquire(t.Context(), testRun)
				if err != nil {
					t.Error(err)
					return
				}
				defer p.Release(i)
				response, _, f := i.Call(r)
				if f != nil || binary.BigEndian.Uint64(response[len(response)-8:]) != fib(n) {
					t.Errorf("module %d answers %x, %v", n, response, f)
				}
			})
		}
		work.Wait()
	}
}

func fib(n int) uint64 {
	if n < 2 {
		return uint64(n)
	}
	return fib(n-1) + fib(n-2)
}

func TestOutline(t *testing.T) {
	file := wasmtest.Tasks()
	m, err := wasm.Decode(file, nil)
	require.NoError(t, err)
	r, err := meter.Rewrite(m, meter.Options{})
	require.NoError(t, err)
	out, err := outline(r.Module, []byte("id"))
	require.NoError(t, err)
	a, err := wasm.Decode(r.Module, nil)
	require.NoError(t, err)
	b, err := wasm.Decode(out, nil)
	require.NoError(t, err)
	require.Equal(t, a.Exports, b.Exports)
	require.Equal(t, a.Funcs, b.Funcs)
	require.Len(t, b.Code, len(a.Code))
	for _, body := range b.Code {
		require.Equal(t, []byte{0, byte(wasm.OpUnreachable), byte(wasm.OpEnd)}, out[body.Start:body.End])
	}
	other, err := outline(r.Module, []byte("di"))
	require.NoError(t, err)
	require.NotEqual(t, out, other, "the id tells outlines apart")
}

func TestBackingNotInstalled(t *testing.T) {
	require.False(t, install(notACache{}, nil))
	require.False(t, install(&notACache{}, nil))
}

type notACache struct{}

func (notACache) Close(_ context.Context) error { return nil }

// applied gives the memory that segments make.
func applied(segments iter.Seq2[int, meter.Segment], size int) []byte {
	mem := make([]byte, size)
	for _, s := range segments {
		copy(mem[s.Offset:], s.Bytes)
	}
	return mem
}

// list gives segments as they are.
func list(s segments) (out []meter.Segment) {
	for _, segment := range s.all() {
		out = append(out, segment)
	}
	return out
}

// FuzzJoined holds joined segments against those that they were made of.
func FuzzJoined(f *testing.F) {
	f.Add([]byte{0, 3, 10, 2, 80, 200, 5, 9})
	f.Add([]byte{100, 10, 50, 10, 120, 10, 115, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		const size = 1 << 10
		var segments []meter.Segment
		for ; len(b) >= 2; b = b[2:] {
			segments = append(segments, meter.Segment{Offset: uint32(b[0]) * 3, Bytes: bytes.Repeat([]byte{b[1] | 1}, int(b[1])%70)})
		}
		got := joined(segments, size)
		if !got.valid() || len(list(got)) > len(segments) {
			t.Fatal("there are more segments than before")
		}
		if !bytes.Equal(applied(slices.All(segments), size), applied(got.all(), size)) {
			t.Fatal("the memory is another")
		}
	})
}

func TestJoinedOutOfRange(t *testing.T) {
	segments := []meter.Segment{{Offset: 0, Bytes: []byte{1}}, {Offset: 2, Bytes: []byte{1}}, {Offset: 1<<32 - 1, Bytes: []byte{1, 2}}}
	require.Equal(t, segments, list(joined(segments, 1<<16)))
}

// FuzzNotes looks for notes that are read and written differently.
func FuzzNotes(f *testing.F) {
	whole := notes{
		outline: []byte("outline"), hasStart: true,
		data:    joined([]meter.Segment{{Offset: 7, Bytes: []byte("data")}, {Offset: 1<<32 - 1, Bytes: []byte{}}}, 0),
		globals: []meter.Global{{Export: "pledge_v1_g0", Type: wasm.I64}},
		facts:   meter.Facts{Memory: wasm.Limit{Min: 1, Max: 1 << 16, HasMax: true}, HasMemory: true, CanDirty: true, Functions: 9, MaxFrame: 1<<32 - 1},
	}
	seed := whole.append(nil)
	got, err := parseNotes(seed)
	if err != nil || !reflect.DeepEqual(*got, whole) {
		f.Fatalf("notes are not read as they were written: %+v, %v", got, err)
	}
	f.Add(seed)
	f.Add((&notes{}).append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := parseNotes(b)
		if err == nil && !bytes.Equal(n.append(nil), b) {
			t.Fatalf("%x is written as %x", b, n.append(nil))
		}
	})
}

// BenchmarkCode is the time to get code: compiled, and from the store.
func BenchmarkCode(b *testing.B) {
	file := wasmtest.Tasks()
	get := func(b *testing.B, dir string) {
		e, err := New(b.Context(), Options{CacheDir: dir})
		require.NoError(b, err)
		c, err := e.Code(b.Context(), Source{Digest: digestOf(file), Module: func() (*wasm.Module, error) { return wasm.Decode(file, nil) }})
		require.NoError(b, err)
		c.Close()
		require.NoError(b, e.Close(b.Context()))
	}
	b.Run("miss", func(b *testing.B) {
		for b.Loop() {
			get(b, filepath.Join(b.TempDir(), "cache"))
		}
	})
	b.Run("hit", func(b *testing.B) {
		dir := filepath.Join(b.TempDir(), "cache")
		for b.Loop() {
			get(b, dir)
		}
	})
}
