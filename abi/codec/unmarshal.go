package codec

import (
	"fmt"
	"math"
	"reflect"

	"github.com/pledge-wasm/pledge/abi"
)

// Unmarshal reads one item into what v points to. What [abi.Check] refuses with
// the default limits is an [*abi.SyntaxError], a value that does not fit the Go
// type another error; v may then hold a part.
//
// Names match struct fields exactly; keys without a field are ignored. Null, and
// undefined, make a pointer, slice, map or interface nil and leave others alone.
// An UnmarshalCBOR method speaks for its type.
//
// Into an any go: int64, or [*math/big.Int] beyond; float64; bool; string;
// []byte; []any; map[string]any where all keys of that map are texts and
// map[any]any otherwise; [time.Time] for tags 0 and 1; [abi.ID] for a future; [Tag] for
// other tags; [Simple]. Keys that are arrays, maps or the like cannot be Go keys:
// an error.
func Unmarshal(b []byte, v any) error {
	if err := abi.Check(b, abi.Limits{}); err != nil {
		return err
	}
	return Decode(b, v)
}

// Decode is [Unmarshal] for an item that has passed [abi.Check] already, such as
// the value of a response.
func Decode(r abi.Raw, v any) error {
	if decodeScalar(r, v) {
		return nil
	}
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Pointer || reflect.ValueOf(v).IsNil() {
		return fmt.Errorf("codec: decode into %T: want a pointer that is not nil", v)
	}
	mode, settling := textDecoder, false
	if holdsAny(t) && hasOddKeys(r) {
		mode, settling = anyDecoder, true
	}
	if err := mode.Unmarshal(r, v); err != nil {
		return fmt.Errorf("codec: decode into %s: %w", t.Elem(), err)
	}
	if settling {
		settle(reflect.ValueOf(v))
	}
	return nil
}

// decodeScalar reads the common types where the item has just that type, and
// leaves everything else to the library.
func decodeScalar(r abi.Raw, v any) bool {
	if raw, ok := v.(*abi.Raw); ok && raw != nil {
		return raw.UnmarshalCBOR(r) == nil
	}
	h, body, err := abi.ReadHead(r, 0)
	if err != nil {
		return false
	}
	switch v := v.(type) {
	case *string:
		if v != nil && h.Major == abi.MajorText && !h.Indefinite() && h.Arg == uint64(len(r)-body) {
			*v = string(r[body:])
			return true
		}
	case *int64:
		if n, ok := integer(h); ok && v != nil {
			*v = n
			return true
		}
	case *int:
		if n, ok := integer(h); ok && v != nil && n == int64(int(n)) {
			*v = int(n)
			return true
		}
	case *float64:
		if v != nil && h.Float() {
			*v = h.Float64()
			return true
		}
	case *bool:
		if v != nil && h.Major == abi.MajorSimple && (h.Info == abi.SimpleFalse || h.Info == abi.SimpleTrue) {
			*v = h.Info == abi.SimpleTrue
			return true
		}
	}
	return false
}

// integer is the value of an integer's head, if it fits.
func integer(h abi.Head) (int64, bool) {
	switch {
	case h.Arg > math.MaxInt64:
	case h.Major == abi.MajorUint:
		return int64(h.Arg), true
	case h.Major == abi.MajorNegInt:
		return ^int64(h.Arg), true
	}
	return 0, false
}
