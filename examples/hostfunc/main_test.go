package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/internal/buildguest"
)

func TestHostfunc(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), buildguest.File(t, "guest"), &out))
	require.Equal(t, `100 EUR in CHF: 95.00
100 EUR in NOK: 1150.00
100 EUR in XXX: no rate for XXX (no_rate)
payroll: not_granted
`, out.String())
}
