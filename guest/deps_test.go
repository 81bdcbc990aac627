package guest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// heavy is what a guest must not get from the SDK, and why.
var heavy = map[string]string{
	"fmt":                           "400 KB",
	"log/slog":                      "1,000 KB; it is for package guestlog",
	"encoding/json":                 "400 KB",
	"encoding":                      "its methods keep the parser of times; they are for package marshalers",
	"math/big":                      "200 KB",
	"strings":                       "Unicode tables and generics; what is needed of it is short",
	"sort":                          "10 KB; see pairs.go",
	"os":                            "file systems",
	"github.com/fxamacker/cbor/v2":  "2,000 KB",
	"github.com/google/uuid":        "net and crypto",
	"github.com/tetratelabs/wazero": "it is for the host",
	"github.com/pledge-wasm/pledge/abi/codec":        "it is for the host",
	"github.com/pledge-wasm/pledge/futures":          "it is for the host",
	"github.com/pledge-wasm/pledge/host":             "it is the host",
	"github.com/pledge-wasm/pledge/guest/guestlog":   "log/slog",
	"github.com/pledge-wasm/pledge/guest/marshalers": "the methods of package encoding",
	"github.com/pledge-wasm/pledge/guest/guesttest":  "it is for tests",
}

func TestWhatAGuestImports(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "./testdata/hello")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	readSources(t, ".")
	readSources(t, "../abi")
	out, err := cmd.Output()
	require.NoError(t, err)
	imports := strings.Fields(string(out))
	require.Contains(t, imports, "github.com/pledge-wasm/pledge/guest")
	for _, path := range imports {
		require.Empty(t, heavy[path], "a guest imports %s", path)
	}
}
