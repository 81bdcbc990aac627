package spectest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// TestSuites runs the suites on both engines of wazero, with a short slice on one of them.
func TestSuites(t *testing.T) {
	const v2 = api.CoreFeaturesV2
	for _, s := range []struct {
		suite    string
		features api.CoreFeatures
		commands int // at least so many are compared
	}{
		{"v1", v2, 15000},
		{"v2", v2, 45000},
		{"tail-call", v2 | experimental.CoreFeaturesTailCall, 100},
		{"extended-const", v2 | experimental.CoreFeaturesExtendedConst, 100},
	} {
		t.Run(s.suite, func(t *testing.T) {
			done := 0
			for _, file := range scripts(t, s.suite) {
				for i, engine := range []struct {
					config wazero.RuntimeConfig
					slice  int32
				}{
					{wazero.NewRuntimeConfigCompiler(), 1000},
					{wazero.NewRuntimeConfigInterpreter(), 1 << 20},
				} {
					if i == 1 && (strings.Contains(file, "simd") || s.suite == "v1") {
						continue // much work, and nothing about it depends on the engine
					}
					config := engine.config.WithCoreFeatures(s.features)
					plain := newWorld(t, config, false, 0)
					metered := newWorld(t, config, true, engine.slice)
					worlds := []*world{plain, metered}
					if i == 1 {
						exact := newWorld(t, config, true, 1<<30)
						exact.exact = true
						worlds = append(worlds, exact)
					}
					done += compare(t, file, worlds)
					for _, w := range worlds {
						require.NoError(t, w.rt.Close(t.Context()))
					}
				}
			}
			t.Logf("%d commands", done)
			require.Greater(t, done, s.commands)
		})
	}
}

// compare runs a script in two or three worlds and gives the number of commands that it compared: plain, metered, and
// perhaps metered instruction by instruction. The last says how much fuel the instructions that really ran are worth:
// never less may be charged.
func compare(t *testing.T, file string, worlds []*world) (done int) {
	t.Helper()
	s := load(t, file)
	plain := worlds[0]
	for i, c := range s.Commands {
		at := fmt.Sprintf("%s:%d %s %s", filepath.Base(file), c.Line, c.Type, c.Action.Field)
		switch c.Type {
		case "module":
			name := ""
			if i+1 < len(s.Commands) && s.Commands[i+1].Type == "register" {
				name = s.Commands[i+1].As
			}
			for _, w := range worlds {
				mod, err := w.instantiate(read(t, file, c.Filename), name)
				require.NoError(t, err, at)
				w.last = mod
				if c.Name != "" {
					w.modules[c.Name] = mod
				}
			}
		case "register":
			continue
		case "assert_return", "action", "assert_trap", "assert_exhaustion":
			want, wantErr := plain.do(t, c.Action)
			for _, w := range worlds[1:] {
				got, err := w.do(t, c.Action)
				require.Equal(t, kind(wantErr), kind(err), at)
				require.Equal(t, want, withoutRefs(got, want, at), at)
			}
			if len(worlds) > 2 && c.Type != "assert_exhaustion" && c.Action.Type == "invoke" {
				require.GreaterOrEqual(t, worlds[1].used(c.Action), worlds[2].used(c.Action),
					"%s: less fuel than the instructions are worth", at)
			}
		default: // the module must be refused
			if c.ModuleType == "text" {
				continue
			}
			_, wantErr := plain.instantiate(read(t, file, c.Filename), "")
			for _, w := range worlds[1:] {
				_, err := w.instantiate(read(t, file, c.Filename), "")
				if wantErr != nil {
					require.Error(t, err, at)
				}
			}
		}
		done++
	}
	return done
}

func read(t *testing.T, script, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(filepath.Dir(script), name))
	require.NoError(t, err)
	return b
}

// withoutRefs gives got with want in the place of function references, which are addresses.
func withoutRefs(got, want []uint64, at string) []uint64 {
	if strings.Contains(at, "ref_func") || strings.Contains(at, "funcref") {
		for i := range got {
			if i < len(want) && got[i] != 0 && want[i] != 0 {
				got[i] = want[i]
			}
		}
	}
	return got
}
