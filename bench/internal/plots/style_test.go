package plots_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/bench/internal/plots"
)

func TestBounds(t *testing.T) {
	for _, test := range [][4]float64{ // range, bounds
		{7.2, 128, 5, 200}, {1, 10, 1, 10}, {0.038, 14, 0.02, 20}, {271, 6.2e6, 200, 1e7}, {2, 5, 2, 5}, {999, 1001, 500, 2000},
	} {
		low, high := plots.Bounds(test[0], test[1])
		require.InEpsilon(t, test[2], low, 1e-9)
		require.InEpsilon(t, test[3], high, 1e-9)
	}
}
