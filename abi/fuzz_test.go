package abi_test

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

// seed adds the inputs of all vectors, and fails when there are none.
func seed(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/vectors/*.json")
	require.NoError(f, err)
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		var doc struct{ Cases []struct{ Hex string } }
		require.NoError(f, json.Unmarshal(text, &doc))
		for _, c := range doc.Cases {
			in, err := hex.DecodeString(c.Hex)
			require.NoError(f, err)
			f.Add(in)
			n++
		}
	}
	require.Greater(f, n, 100, "the vectors are the seeds")
}

func FuzzCheck(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 4096 {
			requireAgreement(t, in)
		}
		for _, lim := range []abi.Limits{{}, {Depth: 3, Items: 5}, {Bytes: 10}, {Depth: -1}} {
			_ = abi.Check(in, lim)
		}
	})
}

func FuzzRequest(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		task, args, err := abi.ParseRequest(in, abi.Limits{})
		if err != nil {
			return
		}
		require.NoError(t, abi.Check(args, abi.Limits{}))
		require.Equal(t, in, abi.AppendRequest(nil, task, args))
		name, rest, err := abi.SplitRequest(in)
		require.NoError(t, err)
		require.Equal(t, task, string(name))
		require.Equal(t, args, rest)
	})
}

func FuzzResponse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := abi.ParseResponse(in, abi.Limits{})
		if err != nil {
			require.Equal(t, abi.Response{}, r)
			return
		}
		var again []byte
		if r.Err != nil {
			again = abi.AppendError(nil, r.Err)
		} else {
			require.NoError(t, abi.Check(r.Value, abi.Limits{}))
			again = abi.AppendValue(nil, r.Value)
		}
		back, err := abi.ParseResponse(again, abi.Limits{})
		require.NoError(t, err)
		require.Equal(t, r, back)
	})
}

func FuzzManifest(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := abi.ParseManifest(in)
		if err != nil {
			return
		}
		back, err := abi.ParseManifest(abi.AppendManifest(nil, m))
		require.NoError(t, err)
		require.Equal(t, m, back)
	})
}

func FuzzFutures(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		end := 0
		for ref, err := range abi.Futures(in) {
			if err != nil {
				break
			}
			require.GreaterOrEqual(t, ref.Offset, end)
			require.LessOrEqual(t, ref.End, len(in))
			end = ref.End
			var id abi.ID
			require.NoError(t, id.UnmarshalCBOR(in[ref.Offset:ref.End]))
			require.Equal(t, ref.ID, id)
			require.NotEmpty(t, abi.Path(in, ref.Offset))
		}
		_ = abi.Path(in, len(in)/2)
		_ = codec.Diagnose(in)
	})
}
