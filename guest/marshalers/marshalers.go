// Package marshalers teaches package guest the standard methods by which types
// encode themselves. Import it for its effect:
//
//	import _ "github.com/pledge-wasm/pledge/guest/marshalers"
//
// A type with MarshalBinary and UnmarshalBinary is then a byte string, one with
// MarshalText and UnmarshalText a text, and a math/big.Int an integer: what the
// host makes of them too. Methods MarshalCBOR and UnmarshalCBOR come first and
// need no import, and time.Time is always a time. Natively, as under go test,
// guest.Handle panics when a type needs this import and it is not there.
//
// It is apart because it costs every guest some 200 KB: calling these methods
// through interfaces makes the linker keep them for all types, and those of
// time.Time bring the parser and printer of times.
//
// Packages that call guest.Handle with such types import it themselves, so that
// it comes before them.
package marshalers

import (
	"encoding"
	"reflect"

	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

func init() {
	cbor.Plug(bigInt, cbor.Methods{
		Marshal:    func(p any) ([]byte, error) { return p.(encoding.BinaryMarshaler).MarshalBinary() },
		Unmarshal:  func(p any, b []byte) error { return p.(encoding.BinaryUnmarshaler).UnmarshalBinary(b) },
		CanMarshal: has[encoding.BinaryMarshaler], CanUnmarshal: has[encoding.BinaryUnmarshaler],
	}, cbor.Methods{
		Marshal:    func(p any) ([]byte, error) { return p.(encoding.TextMarshaler).MarshalText() },
		Unmarshal:  func(p any, b []byte) error { return p.(encoding.TextUnmarshaler).UnmarshalText(b) },
		CanMarshal: has[encoding.TextMarshaler], CanUnmarshal: has[encoding.TextUnmarshaler],
	})
}

// has reports whether t has the methods of the interface I.
func has[I any](t reflect.Type) bool { return t.Implements(reflect.TypeFor[I]()) }
