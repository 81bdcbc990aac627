package text_test

import (
	"testing"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/text"
	"github.com/stretchr/testify/require"
)

func TestFigures(t *testing.T) {
	for got, want := range map[string]string{
		text.Duration(0):                       "–",
		text.Duration(261):                     "261 ns",
		text.Duration(2940):                    "2.94 µs",
		text.Duration(3500 * time.Microsecond): "3.50 ms",
		text.Duration(12 * time.Second):        "12.0 s",
		text.Size(538):                         "538 B",
		text.Size(173 << 10):                   "173 KiB",
		text.Size(1.82 * (1 << 20)):            "1.82 MiB",
		text.Count(3):                          "3",
		text.Count(4.014):                      "4.01",
		text.Count(1033231):                    "1,033,231",
		text.Times(0.043):                      "0.043×",
		text.Times(1.25):                       "1.25×",
		text.Times(3.84):                       "3.8×",
		text.Times(1282):                       "1,282×",
	} {
		require.Equal(t, want, got)
	}
}
