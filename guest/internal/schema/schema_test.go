package schema_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
	"github.com/pledge-wasm/pledge/guest/internal/schema"
)

type (
	point struct {
		X, Y int8
	}
	line struct {
		_        struct{} `cbor:",toarray"`
		From, To point
	}
	list struct {
		Head uint16 `json:"head"`
		Tail *list  `json:"tail"`
	}
	shapes struct {
		point
		Lines  []line             `json:"lines"`
		Names  map[string]float32 `json:"names,omitempty"`
		When   time.Time          `json:"when,omitzero" jsonschema:"of the drawing"`
		Data   []byte             `json:"data"`
		Digest [4]byte            `json:"digest"`
		Pair   [2]bool            `json:"pair"`
		Any    any                `json:"any"`
		Raw    abi.Raw            `json:"raw"`
		Hidden string             `json:"-"`
	}
)

func none(reflect.Type) (reflect.Type, bool) { return nil, false }

func of(t *testing.T, typ reflect.Type) string {
	t.Helper()
	b, err := cbor.Append(nil, schema.Of(typ, none))
	require.NoError(t, err)
	text, err := codec.ToJSON(nil, b)
	require.NoError(t, err)
	return string(text)
}

func TestSchemas(t *testing.T) {
	for name, c := range map[string]struct {
		typ  reflect.Type
		want string
	}{
		"a boolean":   {reflect.TypeFor[bool](), `{"type": "boolean"}`},
		"an int":      {reflect.TypeFor[int](), `{"type": "integer"}`},
		"an int8":     {reflect.TypeFor[int8](), `{"type": "integer", "minimum": -128, "maximum": 127}`},
		"a uint64":    {reflect.TypeFor[uint64](), `{"type": "integer", "minimum": 0}`},
		"a uint32":    {reflect.TypeFor[uint32](), `{"type": "integer", "minimum": 0, "maximum": 4294967295}`},
		"a pointer":   {reflect.TypeFor[*string](), `{"type": ["string", "null"]}`},
		"a recursion": {reflect.TypeFor[[]list](), `{"type": ["array", "null"], "items": {"$ref": "#/$defs/list"}, "$defs": {"list": {"type": "object", "required": ["head", "tail"], "properties": {"head": {"type": "integer", "minimum": 0, "maximum": 65535}, "tail": {"anyOf": [{"$ref": "#/$defs/list"}, {"type": "null"}]}}}}}`},
		"a tuple":     {reflect.TypeFor[line](), `{"type": "array", "items": false, "minItems": 2, "prefixItems": [` + pointSchema + `,` + pointSchema + `]}`},
		"a struct": {reflect.TypeFor[shapes](), `{"type": "object", "required": ["X", "Y", "lines", "data", "digest", "pair", "any", "raw"], "properties": {
			"X": {"type": "integer", "minimum": -128, "maximum": 127}, "Y": {"type": "integer", "minimum": -128, "maximum": 127},
			"lines": {"type": ["array", "null"], "items": {"type": "array", "items": false, "minItems": 2, "prefixItems": [` + pointSchema + `,` + pointSchema + `]}},
			"names": {"type": ["object", "null"], "additionalProperties": {"type": "number"}},
			"when": {"type": "string", "format": "date-time", "description": "of the drawing"},
			"data": {"type": ["string", "null"], "contentEncoding": "binary"}, "digest": {"type": "string", "contentEncoding": "binary"},
			"pair": {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 2}, "any": {}, "raw": {}}}`},
	} {
		t.Run("it describes "+name, func(t *testing.T) { require.JSONEq(t, c.want, of(t, c.typ)) })
	}
}

const pointSchema = `{"type": "object", "required": ["X", "Y"], "properties": {
	"X": {"type": "integer", "minimum": -128, "maximum": 127}, "Y": {"type": "integer", "minimum": -128, "maximum": 127}}}`

func TestValuesFitTheirSchemas(t *testing.T) {
	for name, v := range map[string]any{
		"an empty struct": shapes{},
		"a full struct":   shapes{point: point{1, 2}, Lines: []line{{From: point{3, 4}}}, Names: map[string]float32{"a": 1.5}, Pair: [2]bool{true, false}},
		"a list":          list{1, &list{2, nil}},
	} {
		t.Run("it fits "+name, func(t *testing.T) {
			var s jsonschema.Schema
			require.NoError(t, json.Unmarshal([]byte(of(t, reflect.TypeOf(v))), &s))
			resolved, err := s.Resolve(nil)
			require.NoError(t, err)
			b, err := cbor.Append(nil, v)
			require.NoError(t, err)
			text, err := codec.ToJSON(nil, b)
			require.NoError(t, err)
			var instance any
			require.NoError(t, json.Unmarshal(text, &instance))
			require.NoError(t, resolved.Validate(instance))
		})
	}
}
