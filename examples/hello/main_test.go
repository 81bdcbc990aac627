package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/internal/buildguest"
)

func TestHello(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), buildguest.File(t, "guest"), &out))
	require.Equal(t, "Hello, world!\nrefused: whom should I greet? (no_name)\n", out.String())
}
