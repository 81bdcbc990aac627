package guest

import (
	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

// Raw is one CBOR item in its encoded form. A handler takes or returns Raw to
// leave a part of a value undecoded; an empty Raw is null.
type Raw = abi.Raw

// Tag is a tagged CBOR item of no meaning to this package. It is what an
// interface holds after decoding one.
type Tag = cbor.Tag

// Encode returns v as deterministic CBOR.
func Encode(v any) (Raw, error) {
	b, err := cbor.Append(nil, v)
	return b, err
}

// Decode reads an item into what v, a pointer that is not nil, points at.
// Nothing in it aliases r.
//
// Into an interface it decodes nil, bool, int64 (uint64 above its range),
// float64, string, []byte, []any, map[string]any (map[any]any when a key is not
// text), [Ref] for a future, and [Tag] for every other tag: a time is Tag 0 over
// its text there. To get a [time.Time], give it one to decode into.
func Decode(r Raw, v any) error { return cbor.Unmarshal(r, v) }
