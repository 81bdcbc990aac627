package admit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/admit"
	"github.com/pledge-wasm/pledge/host/internal/hostile"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// FuzzCheck: admission of any bytes ends in a verdict, soon, and what it admits
// the compiler takes or refuses with an ordinary error.
func FuzzCheck(f *testing.F) {
	seeds := 0
	for _, c := range hostile.All() {
		if c.Family == 'D' || c.Number <= 9 || c.Number >= 16 && c.Number <= 18 {
			if file := c.Wasm(); len(file) < 5000 {
				f.Add(file)
				seeds++
			}
		}
	}
	require.Greater(f, seeds, 100, "the corpus is the seed")
	f.Fuzz(func(t *testing.T, file []byte) {
		start := time.Now()
		r, err := admit.Check(file, admit.Limits{}, allow())
		require.Less(t, time.Since(start), time.Second*slow)
		if err != nil {
			var e *admit.Error
			require.ErrorAs(t, err, &e)
			return
		}
		took, _ := compile(t, r)
		require.Less(t, took, 10*time.Second*slow)
	})
}

// FuzzProgram does the same with valid modules that are made from the input, and
// so reaches the compiler each time.
func FuzzProgram(f *testing.F) {
	for _, s := range []string{"", "\x02\xff\x03\x05\x02\xfb\x05\x02\xff", "locals and loops and branches, and locals again"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		r, err := admit.Check(hostile.Program(script), admit.Limits{}, allow())
		if err != nil {
			require.ErrorContains(t, err, "limit")
			return
		}
		took, err := compile(t, r)
		require.NoError(t, err, "the program is valid")
		require.Less(t, took, 5*r.Cost*slow+time.Second*slow)
	})
}

// A file cut short at any byte, or with any byte changed, is refused or runs;
// nothing else happens.
func TestCutAndChangedFiles(t *testing.T) {
	files := map[string][]byte{"tasks": Tasks(), "program": hostile.Program([]byte("a program of moderate size"))}
	for name, file := range files {
		t.Run("it survives "+name+" cut at every byte", func(t *testing.T) {
			for n := range file {
				if _, err := admit.Check(file[:n], admit.Limits{}, allow()); err != nil {
					var e *admit.Error
					require.ErrorAs(t, err, &e, "cut at %d", n)
				}
			}
		})
		t.Run("it survives "+name+" with every byte changed", func(t *testing.T) {
			changed := append([]byte(nil), file...)
			for n := range changed {
				for _, x := range []byte{0x01, 0x80, 0xff} {
					changed[n] ^= x
					if _, err := admit.Check(changed, admit.Limits{}, allow()); err != nil {
						var e *admit.Error
						require.ErrorAs(t, err, &e)
					}
					changed[n] ^= x
				}
			}
		})
	}
}
