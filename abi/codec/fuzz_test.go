package codec_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// seed adds a field of all vectors, and fails when there are none.
func seed(f *testing.F, field func(hex, json string) []byte) {
	f.Helper()
	files, err := filepath.Glob("../testdata/vectors/*.json")
	require.NoError(f, err)
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		var doc struct{ Cases []struct{ Hex, JSON string } }
		require.NoError(f, json.Unmarshal(text, &doc))
		for _, c := range doc.Cases {
			f.Add(field(c.Hex, c.JSON))
			n++
		}
	}
	require.Greater(f, n, 100, "the vectors are the seeds")
}

// FuzzJSON: what FromJSON takes is JSON for everybody, an item for abi.Check, and
// the same item again after a way through ToJSON.
func FuzzJSON(f *testing.F) {
	seed(f, func(_, j string) []byte { return []byte(j) })
	f.Fuzz(func(t *testing.T, in []byte) {
		item, err := codec.FromJSON(in)
		if err != nil {
			var je *codec.JSONError
			require.ErrorAs(t, err, &je)
			require.LessOrEqual(t, je.Offset, len(in))
			return
		}
		require.True(t, json.Valid(in))
		require.NoError(t, abi.Check(item, abi.Limits{}))
		out, err := codec.ToJSON(nil, item)
		require.NoError(t, err)
		again, err := codec.FromJSON(out)
		require.NoError(t, err)
		require.Equal(t, item, again)
	})
}

// FuzzItem: what Check takes can be shown in every way, and what Go makes of it
// is the same after encoding and decoding.
func FuzzItem(f *testing.F) {
	seed(f, func(h, _ string) []byte { b, _ := hex.DecodeString(h); return b })
	f.Fuzz(func(t *testing.T, in []byte) {
		_ = codec.Diagnose(in)
		if abi.Check(in, abi.Limits{}) != nil {
			require.Error(t, codec.Unmarshal(in, new(any)))
			return
		}
		out, err := codec.ToJSON(nil, in)
		require.NoError(t, err)
		require.True(t, json.Valid(out), "%s", out)
		shown, err := codec.FromJSON(out)
		require.NoError(t, err)
		again, err := codec.ToJSON(nil, shown)
		require.NoError(t, err)
		require.Equal(t, string(out), string(again))

		var v any
		if codec.Unmarshal(in, &v) != nil {
			return // keys that Go cannot have, dates that are none
		}
		first, err := codec.Marshal(v)
		if err != nil {
			return // a tag 0 or 1 beyond what its text can say
		}
		require.NoError(t, codec.Unmarshal(first, &v))
		second, err := codec.Marshal(v)
		require.NoError(t, err)
		require.Equal(t, first, second, "what Marshal writes must read as the same")
	})
}
