package host

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "module.wasm")
	require.NoError(t, os.WriteFile(path, []byte("one"), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	digest, err := hashFile(f)
	require.NoError(t, err)
	file, err := readAgain(f, digest)
	require.NoError(t, err)
	require.Equal(t, "one", string(file))

	require.NoError(t, os.WriteFile(path, []byte("two"), 0o600))
	_, err = readAgain(f, digest)
	var refused *LoadError
	require.ErrorAs(t, err, &refused, "it refuses a file that is not the one that was hashed")
}
