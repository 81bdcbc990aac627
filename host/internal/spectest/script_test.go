package spectest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// script is one file of a suite, as wast2json writes it.
type script struct {
	Commands []command `json:"commands"`
}

type command struct {
	Type       string `json:"type"`
	Line       int    `json:"line"`
	Name       string `json:"name"`
	Filename   string `json:"filename"`
	As         string `json:"as"`
	Action     action `json:"action"`
	ModuleType string `json:"module_type"`
	Text       string `json:"text"`
}

type action struct {
	Type   string  `json:"type"`
	Module string  `json:"module"`
	Field  string  `json:"field"`
	Args   []value `json:"args"`
}

type value struct {
	Type  string          `json:"type"`
	Lane  string          `json:"lane_type"`
	Value json.RawMessage `json:"value"`
}

// root is the directory of the suites in the module cache.
func root(t testing.TB) string {
	t.Helper()
	dir, err := findRoot()
	require.NoError(t, err)
	return dir
}

var findRoot = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	return filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest"), err
})

// scripts gives the JSON files of a suite.
func scripts(t testing.TB, suite string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(t), suite, "testdata", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "the suite %s is missing", suite)
	return files
}

func load(t testing.TB, file string) script {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var s script
	require.NoError(t, json.Unmarshal(b, &s))
	return s
}

// words gives an argument as the engine takes it.
func (v value) words(t testing.TB) []uint64 {
	t.Helper()
	if v.Type != "v128" {
		var s string
		if len(v.Value) > 0 && string(v.Value) != "null" {
			require.NoError(t, json.Unmarshal(v.Value, &s))
		}
		return []uint64{word(t, v.Type, s)}
	}
	var lanes []string
	require.NoError(t, json.Unmarshal(v.Value, &lanes))
	width := 128 / len(lanes)
	out := make([]uint64, 2)
	for i, s := range lanes {
		n := word(t, v.Lane, s)
		if width < 64 {
			n &= 1<<width - 1
		}
		out[i*width/64] |= n << (i * width % 64)
	}
	return out
}

func word(t testing.TB, typ, s string) uint64 {
	t.Helper()
	switch {
	case s == "" || s == "null":
		return 0
	case strings.HasPrefix(s, "nan"):
		if strings.HasSuffix(typ, "32") {
			return 0x7fc00000
		}
		return 0x7ff8000000000000
	case strings.HasPrefix(s, "-"):
		n, err := strconv.ParseInt(s, 10, 64)
		require.NoError(t, err)
		if strings.HasSuffix(typ, "32") {
			return uint64(uint32(n))
		}
		return uint64(n)
	}
	n, err := strconv.ParseUint(s, 10, 64)
	require.NoError(t, err)
	if typ == "externref" {
		n++ // 0 is null
	}
	return n
}
