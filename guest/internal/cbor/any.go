package cbor

import (
	"math"
	"reflect"

	"github.com/pledge-wasm/pledge/abi"
)

// Tag is a tagged item that means nothing to this package, decoded into an
// interface.
type Tag struct {
	Number  uint64
	Content any
}

// MarshalCBOR returns the tagged item.
func (t Tag) MarshalCBOR() ([]byte, error) {
	return Append(abi.AppendHead(nil, abi.MajorTag, t.Number), t.Content)
}

// any decodes the next item into the Go value that says most about it: nil,
// bool, int64 (uint64 above its range), float64, string, []byte, []any,
// map[string]any (map[any]any when a key is not text), [abi.ID] for a future,
// [Tag] for other tags. Those of times are among them: a time.Time in an
// interface would bring all of package time into every guest.
func (d *decoder) any() (any, error) {
	start := d.off
	h, err := d.head()
	if err != nil {
		return nil, err
	}
	switch h.Major {
	case abi.MajorUint:
		if h.Arg > math.MaxInt64 {
			return h.Arg, nil
		}
		return int64(h.Arg), nil
	case abi.MajorNegInt:
		if h.Arg > math.MaxInt64 {
			return nil, mismatch("an integer of 64 bits", integer(h))
		}
		return ^int64(h.Arg), nil
	case abi.MajorBytes:
		b, err := d.str(h)
		return append([]byte{}, b...), err
	case abi.MajorText:
		b, err := d.str(h)
		return string(b), err
	case abi.MajorArray:
		return d.anyList(h)
	case abi.MajorMap:
		return d.anyMap(h)
	case abi.MajorTag:
		return d.anyTag(h, start)
	}
	switch {
	case h.Float():
		return h.Float64(), nil
	case isNull(h):
		return nil, nil
	case h.Arg == abi.SimpleFalse, h.Arg == abi.SimpleTrue:
		return h.Arg == abi.SimpleTrue, nil
	}
	return nil, mismatch("a value that Go has a type for", kind(h))
}

func (d *decoder) anyList(h abi.Head) (any, error) {
	if err := d.enter(h); err != nil {
		return nil, err
	}
	list := make([]any, 0, min(int(h.Arg), firstBytes/16))
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		if err != nil {
			return nil, err
		}
		if !more {
			d.leave()
			return list, nil
		}
		x, err := d.any()
		if err != nil {
			return nil, atIndex(err, i)
		}
		list = append(list, x)
	}
}

// anyMap decodes a map with text keys, and starts over when it meets another
// kind of key.
func (d *decoder) anyMap(h abi.Head) (any, error) {
	start := d.off
	if err := d.enter(h); err != nil {
		return nil, err
	}
	m := make(map[string]any, min(int(h.Arg), firstBytes/64))
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		if err != nil {
			return nil, err
		}
		if !more {
			d.leave()
			return m, nil
		}
		keyAt := d.off
		k, err := d.head()
		if err != nil {
			return nil, err
		}
		if k.Major != abi.MajorText {
			d.off = start
			all := map[any]any{}
			c := Of(reflect.TypeFor[any]())
			return all, d.pairs(h, reflect.ValueOf(all), c, c)
		}
		b, err := d.str(k)
		if err != nil {
			return nil, err
		}
		key := string(b)
		if _, twice := m[key]; twice {
			return nil, syntax(keyAt, abi.ReasonDuplicateKey)
		}
		x, err := d.any()
		if err != nil {
			return nil, atField(err, key)
		}
		m[key] = x
	}
}

// anyTag decodes the item under the tag h, which began at start.
func (d *decoder) anyTag(h abi.Head, start int) (any, error) {
	if h.Arg == abi.FutureTag {
		d.off = start
		b, err := d.raw()
		if err != nil {
			return nil, err
		}
		var id abi.ID
		if err := id.UnmarshalCBOR(b); err != nil {
			return nil, mismatch("a future over 16 bytes", "one over something else")
		}
		return id, nil
	}
	if err := d.enter(h); err != nil {
		return nil, err
	}
	content, err := d.any()
	d.leave()
	return Tag{h.Arg, content}, err
}
