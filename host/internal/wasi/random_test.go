package wasi_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

func (w *world) random(n int) string {
	w.t.Helper()
	w.ok("random_get", 8, uint64(n))
	return hex.EncodeToString(w.mem[8 : 8+n])
}

func TestRandom(t *testing.T) {
	w := newWorld(t)
	w.seed = seedOf([32]byte{1}, "count", []byte{0xf6})
	w.Reset(wasi.State{}, nil)
	require.Zero(t, w.seeds, "it does not ask for a seed before it needs one")
	first := w.random(16)
	require.Equal(t, "683b1354e32025be7c9f0b4ac23fb27f", first, "it is the same on every machine and with every release")
	second := w.random(5)
	require.NotEqual(t, first[:10], second)
	require.Equal(t, 1, w.seeds, "it asks for the seed once")
	require.EqualValues(t, badByte, w.mem[24], "it writes no further")

	w.Reset(wasi.State{}, nil)
	require.Equal(t, first, w.random(16), "it starts anew with each task")
	w.seed[0]++
	w.Reset(wasi.State{}, nil)
	require.NotEqual(t, first, w.random(16), "it follows the seed")
}

func TestRandomIsCharged(t *testing.T) {
	w := newWorld(t)
	w.mem = make([]byte, 1<<20)
	w.budget = 16 * 200 << 10
	_, err := w.try("random_get", 0, 1<<20)
	require.ErrorIs(t, err, errFuel)
	require.Equal(t, make([]byte, 1<<20-3<<16), w.mem[3<<16:], "it stops before the piece that it cannot pay for")
	w.budget = 0
	require.Equal(t, wasi.EFAULT, w.call("random_get", 0, 0xffffffff), "it checks four gigabytes before it starts")
}

func TestGrantedEntropy(t *testing.T) {
	w := newWorld(t)
	w.Reset(wasi.State{}, &wasi.Grants{Entropy: iotest.OneByteReader(bytes.NewReader([]byte{1, 2, 3, 4}))})
	require.Equal(t, "010203", w.random(3))
	require.Zero(t, w.seeds, "it needs no seed")
	require.Equal(t, wasi.EIO, w.call("random_get", 0, 2), "it says that the source ran dry")
	w.Reset(wasi.State{}, &wasi.Grants{Entropy: iotest.ErrReader(errors.New("broken"))})
	require.Equal(t, wasi.EIO, w.call("random_get", 0, 2))
	w.Reset(wasi.State{}, nil)
	require.Equal(t, wasi.ESUCCESS, w.call("random_get", 0, 2), "it is seeded again for the next task")
}

// seedOf is wasi.Seed at no charge.
func seedOf(module [32]byte, task string, args []byte) [32]byte {
	seed, err := wasi.Seed(module, task, args, func(uint64) error { return nil })
	if err != nil {
		panic(err)
	}
	return seed
}

func TestSeedIsCharged(t *testing.T) {
	args := make([]byte, 1<<20)
	w := newWorld(t)
	host := w.host()
	host.Seed = func(charge func(uint64) error) ([32]byte, error) { return wasi.Seed([32]byte{}, "x", args, charge) }
	w.System = wasi.New(host)
	w.budget = 16 * 200 << 10
	_, err := w.try("random_get", 0, 8)
	require.ErrorIs(t, err, errFuel, "it ends when the fuel does")
	require.Less(t, w.units, w.budget+16<<16+1, "it works in pieces")
	require.EqualValues(t, badByte, w.mem[0], "it gives no bytes of a stream that has no seed")
	w.budget = 0
	require.NotEqual(t, "0000000000000000", w.random(8))
	before := w.units
	w.random(8)
	require.Less(t, w.units-before, uint64(1<<14), "it hashes the arguments once")
}

func TestSeed(t *testing.T) {
	seen := map[[32]byte]bool{}
	for _, seed := range [][32]byte{
		seedOf([32]byte{}, "", nil), seedOf([32]byte{1}, "", nil),
		seedOf([32]byte{}, "a", nil), seedOf([32]byte{}, "", []byte("a")),
		seedOf([32]byte{}, "ab", []byte("c")), seedOf([32]byte{}, "a", []byte("bc")),
		wasi.InitSeed([32]byte{}), wasi.InitSeed([32]byte{1}),
	} {
		require.False(t, seen[seed], "it tells every input apart")
		seen[seed] = true
	}
}
