package engine

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/logs"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
	"github.com/pledge-wasm/pledge/internal/buildguest"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// bootCounting boots and tells how many steps ran guest code.
func bootCounting(t testing.TB, c *Code, world World, limit func(*Run)) (p *Program, ran int, err error) {
	t.Helper()
	var steps []*Run
	p, _, err = c.Boot(t.Context(), world, func() *Run {
		r := testRun()
		if limit != nil {
			limit(r)
		}
		steps = append(steps, r)
		return r
	}, nil)
	if err == nil {
		t.Cleanup(p.Close)
	}
	for _, r := range steps {
		if r.Fuel() > 0 {
			ran++
		}
	}
	return p, ran, err
}

// TestRecord holds programs from the record against those that were booted.
func TestRecord(t *testing.T) {
	world := World{Memory: 16 << 20}
	for name, file := range map[string][]byte{
		"small": wasmtest.Tasks(),
		"Go":    buildguest.Go(t, "../../../examples/hello/guest"),
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cache")
			cold, _ := code(t, newStored(t, dir), file)
			booted, ran, err := bootCounting(t, cold, world, nil)
			require.NoError(t, err)
			require.Equal(t, 2, ran, "it is initialised and describes itself")
			want := string(acquireBytes(t, booted))
			for range 2 {
				warm, _ := code(t, newStored(t, dir), file)
				p, ran, err := bootCounting(t, warm, world, nil)
				require.NoError(t, err)
				require.Zero(t, ran, "it is on record")
				require.Equal(t, booted.Manifest(), p.Manifest())
				require.Equal(t, booted.BootLog(), p.BootLog())
				require.Equal(t, booted.Reuse(), p.Reuse())
				require.Equal(t, booted.globals, p.globals)
				require.Equal(t, booted.origin, p.origin)
				require.True(t, want == string(acquireBytes(t, p)), "memory is the same")
			}
		})
	}
}

// TestAhead boots with a record that was read before the code was there, and with
// one of another world, which must not be taken.
func TestAhead(t *testing.T) {
	dir, file, world := filepath.Join(t.TempDir(), "cache"), wasmtest.Tasks(), World{Memory: 16 << 20}
	source := Source{Digest: digestOf(file)}
	boot := func(expected, real World) (globals []uint64, memory string, ran int) {
		e := newStored(t, dir)
		r := testRun()
		ahead := e.Ahead(source, expected, r)
		c, _ := code(t, e, file)
		var steps []*Run
		p, _, err := c.Boot(t.Context(), real, func() *Run {
			r := testRun()
			steps = append(steps, r)
			return r
		}, ahead)
		require.NoError(t, err)
		for _, r := range steps {
			if r.Fuel() > 0 {
				ran++
			}
		}
		return p.globals, string(acquireBytes(t, p)), ran
	}
	globals, memory, ran := boot(world, world)
	require.Equal(t, 2, ran, "there is no record yet")
	again, same, ran := boot(world, world)
	require.Zero(t, ran)
	require.Equal(t, globals, again)
	require.True(t, memory == same)
	_, _, ran = boot(world, World{Memory: 8 << 20})
	require.Equal(t, 2, ran, "the record is of another world")
	_, same, ran = boot(World{Memory: 8 << 20}, world)
	require.Zero(t, ran, "the right record is looked up")
	require.True(t, memory == same)
	require.Nil(t, newStored(t, dir).Ahead(source, World{Memory: 1 << 20, Stateful: true}, testRun()))
}

// TestNoRecord boots in worlds for which what is on record does not hold.
func TestNoRecord(t *testing.T) {
	world := World{Memory: 16 << 20}
	dir := filepath.Join(t.TempDir(), "cache")
	c, _ := code(t, newStored(t, dir), wasmtest.Tasks())
	_, _, err := bootCounting(t, c, world, nil)
	require.NoError(t, err)
	_, ran, err := bootCounting(t, c, world, nil)
	require.NoError(t, err)
	require.Zero(t, ran)

	worlds := map[string]World{
		"more memory":     {Memory: 17 << 20},
		"it keeps state":  {Memory: 16 << 20, Stateful: true},
		"an argument":     {Memory: 16 << 20, Grants: wasi.Grants{Args: []string{"a"}}},
		"an environment":  {Memory: 16 << 20, Grants: wasi.Grants{Environ: []string{"A=B"}}},
		"the real clock":  {Memory: 16 << 20, Grants: wasi.Grants{Clock: &wasi.Clock{Wall: func() int64 { return 0 }, Monotonic: func() int64 { return 0 }}}},
		"true randomness": {Memory: 16 << 20, Grants: wasi.Grants{Entropy: bytes.NewReader(nil)}},
	}
	for name, other := range worlds {
		t.Run(name, func(t *testing.T) {
			_, ran, err := bootCounting(t, c, other, nil)
			require.NoError(t, err)
			require.NotZero(t, ran)
		})
	}
	limits := map[string]func(*Run){
		"memory of a run": func(r *Run) { r.Memory /= 2 },
		"result":          func(r *Run) { r.Result /= 2 },
		"host calls":      func(r *Run) { r.HostCalls /= 2 },
		"bytes of logs":   func(r *Run) { r.Logs.Bytes++ },
		"lines of logs":   func(r *Run) { r.Logs.Entries++ },
	}
	for name, limit := range limits {
		t.Run(name, func(t *testing.T) {
			_, ran, err := bootCounting(t, c, world, limit)
			require.NoError(t, err)
			require.NotZero(t, ran)
		})
	}
	t.Run("too little fuel", func(t *testing.T) {
		c, _ := code(t, newStored(t, dir), buildguest.Go(t, "../../../examples/hello/guest"))
		_, _, err := bootCounting(t, c, world, nil)
		require.NoError(t, err)
		_, _, err = bootCounting(t, c, world, func(r *Run) { r.Limits.Fuel = 1000 })
		var f *Fault
		require.ErrorAs(t, err, &f)
		require.Equal(t, abi.CodeFuelExhausted, f.Code)
	})
	t.Run("what failed is not on record", func(t *testing.T) {
		c, _ := code(t, newStored(t, dir), wasmtest.Single(func(g *wasmtest.Guest) uint32 {
			g.Init(nil, wasmtest.Unreachable)
			return g.Echo()
		}))
		for range 2 {
			_, ran, err := bootCounting(t, c, world, nil)
			require.Error(t, err)
			require.NotZero(t, ran)
		}
	})
}

// TestDamagedRecord damages a record in ways that must end in the guest being
// initialised, and never in an error or another state.
func TestDamagedRecord(t *testing.T) {
	world := World{Memory: 16 << 20}
	dir := filepath.Join(t.TempDir(), "cache")
	c, _ := code(t, newStored(t, dir), wasmtest.Tasks())
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, "*.code"))
		require.NoError(t, err)
		return found
	}
	before := files()
	p, _, err := bootCounting(t, c, world, nil)
	require.NoError(t, err)
	want := string(acquireBytes(t, p))
	after := slices.DeleteFunc(files(), func(f string) bool { return slices.Contains(before, f) })
	require.Len(t, after, 1)
	original, err := os.ReadFile(after[0])
	require.NoError(t, err)
	for at := 0; at < len(original); at += 1 + len(original)/20 {
		for _, damaged := range [][]byte{original[:at], append(append(bytes.Clone(original[:at]), original[at]^0x10), original[at+1:]...)} {
			require.NoError(t, os.WriteFile(after[0], damaged, 0o600))
			p, ran, err := bootCounting(t, c, world, nil)
			require.NoError(t, err)
			require.Equal(t, 2, ran)
			require.Equal(t, want, string(acquireBytes(t, p)))
			_, ran, err = bootCounting(t, c, world, nil)
			require.NoError(t, err)
			require.Zero(t, ran, "it was not kept anew")
		}
	}
}

func FuzzRecord(f *testing.F) {
	rec := record{
		fuel: 5, size: 1 << 16, globals: []uint64{0, 1 << 63}, origin: origin{input: 8, inputSize: 9}, manifest: []byte("m"),
		log: []logs.Entry{{Level: abi.LevelWarn, Message: "w"}, {Level: -1}}, memory: append(segments(nil).begin(0), segments(nil).begin(1<<16)...),
	}
	f.Add(rec.append(nil))
	f.Add((&record{}).append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := parseRecord(b)
		if err != nil {
			return
		}
		for _, s := range rec.memory.all() {
			if uint64(s.Offset)+uint64(len(s.Bytes)) > rec.size {
				t.Fatal("a segment lies outside of the memory")
			}
		}
		if again := rec.append(nil); !bytes.Equal(again, b) {
			t.Fatalf("%x is read and written as %x", b, again)
		}
	})
}
