package codec_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi/codec"
)

func TestVectorsOfJSON(t *testing.T) {
	text, err := os.ReadFile("../testdata/vectors/json.json")
	require.NoError(t, err)
	var doc struct {
		Message string
		Cases   []struct {
			Name, JSON, Hex string
			Error           *struct{ Line, Column int }
		}
	}
	require.NoError(t, json.Unmarshal(text, &doc))
	require.Equal(t, "json", doc.Message)
	require.GreaterOrEqual(t, len(doc.Cases), 15, "the file must hold its cases")
	for _, v := range doc.Cases {
		t.Run("it takes or refuses "+v.Name, func(t *testing.T) {
			got, err := codec.FromJSON([]byte(v.JSON))
			if v.Error == nil {
				require.NoError(t, err)
				require.Equal(t, unhex(t, v.Hex), []byte(got))
				return
			}
			var je *codec.JSONError
			require.ErrorAs(t, err, &je)
			require.Equal(t, v.Error.Line, je.Line)
			require.Equal(t, v.Error.Column, je.Column)
		})
	}
}
