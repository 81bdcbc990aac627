package house

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/pledge-wasm/pledge/"

// rules lists, for each room, the rooms and the libraries that it may import
// beside the standard library. A rule that ends in /... stands for all packages
// below. Data goes one way: bytes -> abi -> host -> futures -> the user.
var rules = []struct {
	room    string
	imports string
	reason  string
}{
	{"abi", "", "it is linked into guests, where size is compile time"},
	{"abi/codec", "abi github.com/fxamacker/cbor/v2", "one file imports cbor"},
	{"futures", "abi abi/codec github.com/google/uuid", "it knows nothing of WebAssembly and does no I/O"},
	{"futures/...", "abi abi/codec futures futures/... github.com/google/uuid github.com/cenkalti/backoff/v5", "it knows nothing of WebAssembly and does no I/O"},
	{"guest/...", "abi guest guest/...", "it runs inside the sandbox"},
	{"guest", "abi guest/...", "it runs inside the sandbox"},
	{"host/internal/wasm", "", "the format stands alone"},
	{"host/internal/admit", "abi host/internal/wasm", "no byte reaches wazero before it"},
	{"host/internal/meter", "host/internal/wasm", "bytes to bytes"},
	{"host/internal/linmem", "golang.org/x/sys/unix golang.org/x/sys/windows", "the only room with mmap"},
	{"host/internal/logs", "abi", "text only"},
	{"host/internal/wasi", "host/internal/logs", "no clock, no files, no wazero"},
	{"host/internal/cache", "host/internal/wasm golang.org/x/sys/unix golang.org/x/sys/windows", "files only"},
	{"host/internal/engine", "abi host/internal/wasm host/internal/admit host/internal/meter host/internal/linmem host/internal/logs host/internal/wasi host/internal/cache github.com/tetratelabs/wazero/... golang.org/x/sys/cpu", "the only room that knows wazero"},
	{"host", "abi abi/codec futures futures/... host/internal/... github.com/google/uuid", "no wazero here"},
	{"cmd/pledge", "abi abi/codec host futures futures/... github.com/spf13/cobra github.com/spf13/pflag github.com/schollz/progressbar/v3 golang.org/x/term github.com/google/uuid", "argv to library calls"},
	{"internal/wasmtest", "", "every room's tests may use it"},
	{"internal/buildguest", "", "tests only"},
}

// tools are packages that tests and developers use and no product imports.
var tools = []string{"internal/house", "internal/claims", "internal/buildguest", "internal/wasmtest", "host/internal/hostile", "host/internal/spectest"}

type pkg struct {
	ImportPath string
	Name       string
	Imports    []string
	Dir        string
	GoFiles    []string
}

// packages lists the module's packages as they are built for this platform.
func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Name,Imports,Dir,GoFiles", module+"...").Output()
	require.NoError(t, err)
	dec := json.NewDecoder(strings.NewReader(string(out)))
	var all []pkg
	for dec.More() {
		var p pkg
		require.NoError(t, dec.Decode(&p))
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
	require.NotEmpty(t, all)
	return all
}

func TestImportPolicy(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		if p.Name == "main" && room != "cmd/pledge" || isTool(room) {
			continue
		}
		rule := slices.IndexFunc(rules, func(r struct{ room, imports, reason string }) bool { return matches(r.room, room) })
		if rule < 0 {
			t.Errorf("the room %s has no import policy; give it one in this test and a place in DESIGN.md", room)
			continue
		}
		allowed := strings.Fields(rules[rule].imports)
		for _, imported := range p.Imports {
			if standard(imported) {
				continue
			}
			name := strings.TrimPrefix(imported, module)
			if !slices.ContainsFunc(allowed, func(a string) bool { return matches(a, name) }) {
				t.Errorf("%s must not import %s: %s", room, name, rules[rule].reason)
			}
		}
	}
}

// Only the rooms for it may touch what can break the process.
func TestUnsafeAndSyscallsHaveTheirRooms(t *testing.T) {
	may := map[string][]string{
		"unsafe":                       {"host/internal/linmem", "host/internal/engine", "guest/internal/boundary", "guest/internal/cbor"},
		"syscall":                      {"host/internal/linmem", "host/internal/cache", "cmd/pledge"},
		"golang.org/x/sys/unix":        {"host/internal/linmem", "host/internal/cache"},
		"github.com/fxamacker/cbor/v2": {"abi/codec"},
	}
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			if rooms, ok := may[imported]; ok && !slices.Contains(rooms, room) && !isTool(room) {
				t.Errorf("%s must not import %s", room, imported)
			}
		}
	}
}

// What a guest links is compiled for every module, so the SDK stays light.
func TestTheGuestStaysLight(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", module+"guest")
	cmd.Env = append(cmd.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	out, err := cmd.Output()
	require.NoError(t, err)
	for _, heavy := range []string{"encoding/json", "net", "github.com/fxamacker/cbor/v2", "github.com/google/uuid", "github.com/tetratelabs/wazero"} {
		require.NotContains(t, strings.Fields(string(out)), heavy)
	}
}

func isTool(room string) bool {
	return slices.ContainsFunc(tools, func(tool string) bool {
		return room == tool || strings.HasPrefix(room, tool+"/")
	})
}

func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func matches(rule, name string) bool {
	if prefix, ok := strings.CutSuffix(rule, "/..."); ok {
		return name == prefix || strings.HasPrefix(name, prefix+"/")
	}
	return rule == name
}
