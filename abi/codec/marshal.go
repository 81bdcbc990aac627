package codec

import (
	"fmt"
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
)

// Marshal turns a Go value into one item of core deterministic CBOR (RFC 8949,
// section 4.2.1): shortest forms, definite lengths, sorted keys.
//
// Structs become maps, by the names in their cbor or json tags. A MarshalCBOR
// method speaks for its type, and its bytes stand as they are, deterministic or
// not; [abi.Raw] and [abi.ID] have one. MarshalBinary makes a byte string,
// MarshalText a text. A [time.Time] becomes tag 0 in UTC (the zero time null), a
// [math/big.Int] an integer or a bignum, a nil pointer, slice, map or interface
// null.
//
// A value without an encoding (a channel, a function), one that is cyclic or
// nested over [abi.MaxDepth] deep, and anything that [abi.Check] refuses, such as
// a string that is not UTF-8, are errors.
func Marshal(v any) ([]byte, error) {
	if b, ok := appendScalar(nil, v); ok {
		return b, nil
	}
	if err := measure(v); err != nil {
		return nil, fmt.Errorf("codec: encode %T: %w", v, err)
	}
	b, err := encoder.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("codec: encode %T: %w", v, err)
	}
	if err := abi.Check(b, abi.Limits{}); err != nil {
		return nil, fmt.Errorf("codec: encode %T: %w", v, err)
	}
	return b, nil
}

// Append appends what [Marshal] returns for v. After an error dst is unchanged.
func Append(dst []byte, v any) ([]byte, error) {
	if out, ok := appendScalar(dst, v); ok {
		return out, nil
	}
	b, err := Marshal(v)
	return append(dst, b...), err
}

// appendScalar appends the common types that need no library.
func appendScalar(dst []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return abi.AppendNull(dst), true
	case bool:
		return abi.AppendBool(dst, v), true
	case int:
		return abi.AppendInt(dst, int64(v)), true
	case int64:
		return abi.AppendInt(dst, v), true
	case uint64:
		return abi.AppendUint(dst, v), true
	case float64:
		return abi.AppendFloat(dst, v), true
	case abi.ID:
		return abi.AppendFuture(dst, v), true
	case string:
		return abi.AppendText(dst, v), utf8.ValidString(v)
	case []byte:
		return abi.AppendBytes(dst, v), v != nil
	case abi.Raw:
		if abi.Check(v, abi.Limits{}) == nil {
			return append(dst, v...), true
		}
	}
	return dst, false
}
