package marshalers

import (
	"errors"
	"reflect"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

// bigInt is how a math/big.Int becomes an integer and back. Importing its package
// would cost every guest 200 KB, so the type is known by its name, and its value
// passes through its methods for gob: a byte with the sign in its lowest bit,
// then the magnitude, most significant byte first.
var bigInt = cbor.Methods{
	Marshal:      marshalBigInt,
	Unmarshal:    unmarshalBigInt,
	CanMarshal:   func(t reflect.Type) bool { return isBigInt(t) && has[gobEncoder](t) },
	CanUnmarshal: func(t reflect.Type) bool { return isBigInt(t) && has[gobDecoder](t) },
}

type (
	gobEncoder interface{ GobEncode() ([]byte, error) }
	gobDecoder interface{ GobDecode([]byte) error }
)

// gobVersion is what the first byte says beside the sign.
const gobVersion = 1 << 1

func isBigInt(pointer reflect.Type) bool {
	t := pointer.Elem()
	return t.Name() == "Int" && t.PkgPath() == "math/big"
}

// The tags of integers that do not fit in 64 bits.
const (
	tagPosBignum = 2
	tagNegBignum = 3
)

func marshalBigInt(p any) ([]byte, error) {
	b, err := p.(gobEncoder).GobEncode()
	if err != nil || len(b) == 0 {
		return nil, err
	}
	sign, n := b[0]&1, b[1:]
	if sign != 0 { // -1 minus the number that is written
		for i := len(n) - 1; ; i-- {
			n[i]--
			if n[i] != 0xff {
				break
			}
		}
	}
	for len(n) > 0 && n[0] == 0 {
		n = n[1:]
	}
	if len(n) > 8 {
		return abi.AppendBytes(abi.AppendHead(nil, abi.MajorTag, tagPosBignum+uint64(sign)), n), nil
	}
	v := uint64(0)
	for _, c := range n {
		v = v<<8 | uint64(c)
	}
	return abi.AppendHead(nil, abi.MajorUint+sign, v), nil
}

func unmarshalBigInt(p any, b []byte) error {
	h, content, err := abi.ReadHead(b, 0)
	if err != nil || h.Null() {
		return err
	}
	gob := make([]byte, 10, 10+len(b)) // version and sign, and room to carry
	sign := byte(0)
	switch {
	case h.Major <= abi.MajorNegInt:
		sign = h.Major
		for i := range 8 {
			gob[9-i] = byte(h.Arg >> (8 * i))
		}
	case h.Major == abi.MajorTag && (h.Arg == tagPosBignum || h.Arg == tagNegBignum):
		sign = byte(h.Arg - tagPosBignum)
		var n []byte
		if err := cbor.Unmarshal(b[content:], &n); err != nil {
			return err
		}
		gob = append(gob[:2], n...)
	default:
		return errors.New("want an integer")
	}
	if sign != 0 {
		for i := len(gob) - 1; ; i-- {
			gob[i]++
			if gob[i] != 0 {
				break
			}
		}
	}
	gob[0] = gobVersion | sign
	return p.(gobDecoder).GobDecode(gob)
}
