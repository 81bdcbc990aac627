package abi_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// vector is one case of testdata/vectors; README.md there describes them.
type vector struct {
	Name       string
	Hex        string
	Task       string
	Diag, JSON string
	GuestError *struct {
		Code, Message, Data string
		Retry               bool
	} `json:"guest_error"`
	Manifest *struct {
		Name, Version, SDK string
		Tasks              []struct{ Name, Doc, Input, Output string }
	}
	References []struct {
		Offset, End int
		Path, ID    string
	}
	Error *struct {
		Reason abi.Reason
		Offset int
	}
}

// vectors runs the cases of one file, each given its input.
func vectors(t *testing.T, file, message string, run func(t *testing.T, in []byte, v vector)) {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors/" + file)
	require.NoError(t, err)
	var doc struct {
		ABI     int
		Message string
		Cases   []vector
	}
	require.NoError(t, json.Unmarshal(text, &doc))
	require.Equal(t, abi.Version, doc.ABI)
	require.Equal(t, message, doc.Message)
	require.GreaterOrEqual(t, len(doc.Cases), 15, "the file must hold its cases")
	for _, v := range doc.Cases {
		t.Run("it takes or refuses "+v.Name, func(t *testing.T) {
			in, err := hex.DecodeString(v.Hex)
			require.NoError(t, err)
			run(t, in, v)
		})
	}
}

// requireOutcome asserts the error that v expects. It reports whether there is
// to be a result.
func requireOutcome(t *testing.T, err error, v vector) bool {
	t.Helper()
	if v.Error == nil {
		require.NoError(t, err)
		return true
	}
	requireSyntax(t, err, v.Error.Offset, v.Error.Reason)
	return false
}

// requireItem asserts both ways of showing an item.
func requireItem(t *testing.T, item []byte, v vector) {
	t.Helper()
	require.Equal(t, v.Diag, codec.Diagnose(item))
	shown, err := codec.ToJSON(nil, item)
	require.NoError(t, err)
	require.Equal(t, v.JSON, string(shown))
}

// diag is an item in diagnostic notation, empty when there is none.
func diag(r abi.Raw) string {
	if len(r) == 0 {
		return ""
	}
	return codec.Diagnose(r)
}

func TestVectorsOfItems(t *testing.T) {
	vectors(t, "items.json", "item", func(t *testing.T, in []byte, v vector) {
		if requireOutcome(t, abi.Check(in, abi.Limits{}), v) {
			requireItem(t, in, v)
		}
	})
}

func TestVectorsOfRequests(t *testing.T) {
	vectors(t, "requests.json", "request", func(t *testing.T, in []byte, v vector) {
		task, args, err := abi.ParseRequest(in, abi.Limits{})
		if requireOutcome(t, err, v) {
			require.Equal(t, v.Task, task)
			requireItem(t, args, v)
			require.Equal(t, in, abi.AppendRequest(nil, task, args), "a request has one form")
		}
	})
}

func TestVectorsOfResponses(t *testing.T) {
	vectors(t, "responses.json", "response", func(t *testing.T, in []byte, v vector) {
		r, err := abi.ParseResponse(in, abi.Limits{})
		if !requireOutcome(t, err, v) {
			return
		}
		if v.GuestError == nil {
			require.Nil(t, r.Err)
			requireItem(t, r.Value, v)
			return
		}
		require.Nil(t, r.Value)
		require.Equal(t, v.GuestError.Code, r.Err.Code)
		require.Equal(t, v.GuestError.Message, r.Err.Message)
		require.Equal(t, v.GuestError.Retry, r.Err.Retry)
		require.Equal(t, v.GuestError.Data, diag(r.Err.Data))
	})
}

func TestVectorsOfManifests(t *testing.T) {
	vectors(t, "manifests.json", "manifest", func(t *testing.T, in []byte, v vector) {
		m, err := abi.ParseManifest(in)
		if !requireOutcome(t, err, v) {
			return
		}
		require.Equal(t, v.Manifest.Name, m.Name)
		require.Equal(t, v.Manifest.Version, m.Version)
		require.Equal(t, v.Manifest.SDK, m.SDK)
		require.Len(t, m.Tasks, len(v.Manifest.Tasks))
		for i, want := range v.Manifest.Tasks {
			got := m.Tasks[i]
			require.Equal(t, want.Name, got.Name)
			require.Equal(t, want.Doc, got.Doc)
			require.Equal(t, want.Input, diag(got.Input))
			require.Equal(t, want.Output, diag(got.Output))
		}
	})
}

func TestVectorsOfFutures(t *testing.T) {
	vectors(t, "futures.json", "future", func(t *testing.T, in []byte, v vector) {
		var found []abi.Reference
		var err error
		for ref, e := range abi.Futures(in) {
			if err = e; err == nil {
				found = append(found, ref)
			}
		}
		if !requireOutcome(t, err, v) {
			return
		}
		require.Len(t, found, len(v.References))
		for i, want := range v.References {
			require.Equal(t, want.Offset, found[i].Offset)
			require.Equal(t, want.End, found[i].End)
			require.Equal(t, want.ID, found[i].ID.String())
			require.Equal(t, want.Path, abi.Path(in, found[i].Offset))
		}
	})
}
