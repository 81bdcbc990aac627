package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/internal/buildguest"
)

func TestLimits(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), buildguest.File(t, "guest"), &out))
	require.Equal(t, `runaway  TimedOut deadline
hog      Crashed  memory_limit
crasher  Crashed  unreachable
runaway  on fuel  fuel_exhausted
sum      Completed 42
`, out.String())
}
