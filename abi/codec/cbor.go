package codec

import (
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"github.com/pledge-wasm/pledge/abi"
)

// This file alone knows the CBOR library: its options, and what of it shows.

// Tag is a tag without a Go type of its own, as [Unmarshal] puts it into an any.
type Tag = cbor.Tag

// RawTag is a [Tag] whose content is still encoded.
type RawTag = cbor.RawTag

// Simple is a simple value other than false, true, null and undefined.
type Simple = cbor.SimpleValue

// The modes are immutable and safe for concurrent use. They differ in the type of
// a map that is read into an any.
var (
	encoder     = must(encOptions().EncMode())
	textDecoder = must(decOptions(reflect.TypeFor[map[string]any]()).DecModeWithTags(tags()))
	anyDecoder  = must(decOptions(reflect.TypeFor[map[any]any]()).DecModeWithTags(tags()))
)

func encOptions() cbor.EncOptions {
	o := cbor.CoreDetEncOptions()
	o.IndefLength = cbor.IndefLengthAllowed // in what a MarshalCBOR method returns
	o.BigIntConvert = cbor.BigIntConvertShortest
	o.Time = cbor.TimeRFC3339NanoUTC
	o.TimeTag = cbor.EncTagRequired
	o.TextMarshaler = cbor.TextMarshalerTextString
	return o
}

// decOptions are the options for input that has passed abi.Check. The limits lie
// beyond those of Check, which is what bounds the input.
func decOptions(mapType reflect.Type) cbor.DecOptions {
	return cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF, // keys may still meet in a Go type
		MaxNestedLevels:   2 * abi.MaxDepth,
		MaxArrayElements:  1<<31 - 1,
		MaxMapPairs:       1<<31 - 1,
		IntDec:            cbor.IntDecConvertSignedOrBigInt,
		BigIntDec:         cbor.BigIntDecodePointer,
		DefaultMapType:    mapType,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		TextUnmarshaler:   cbor.TextUnmarshalerTextString,
	}
}

// tags makes the tag of a future an abi.ID when it is read into an any.
func tags() cbor.TagSet {
	set := cbor.NewTagSet()
	o := cbor.TagOptions{DecTag: cbor.DecTagRequired, EncTag: cbor.EncTagRequired}
	if err := set.Add(o, reflect.TypeFor[abi.ID](), abi.FutureTag); err != nil {
		panic("codec: " + err.Error())
	}
	return set
}

func must[T any](v T, err error) T {
	if err != nil {
		panic("codec: " + err.Error())
	}
	return v
}
