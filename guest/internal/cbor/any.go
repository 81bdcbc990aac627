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
	h, err := d.head()
	if err != nil {
		return nil, err
	}
	switch h.Major {
	case abi.MajorUint, abi.MajorNegInt:
		switch {
		case h.Major == abi.MajorUint && h.Arg > math.MaxInt64:
			return h.Arg, nil
		case h.Arg > math.MaxInt64:
			return nil, mismatch("an integer of 64 bits", integer(h))
		}
		return int64(h.Arg) ^ -int64(h.Major), nil
	case abi.MajorBytes:
		b, err := d.str(h)
		return append([]byte{}, b...), err
	case abi.MajorText:
		b, err := d.str(h)
		return string(b), err
	case abi.MajorArray:
		var list []any
		err := d.list(Of(reflect.TypeFor[[]any]()), ptr(&list), h)
		return list, err
	case abi.MajorMap:
		return d.anyMap(h)
	case abi.MajorTag:
		return d.anyTag(h)
	}
	switch {
	case h.Float():
		return h.Float64(), nil
	case isNull(h):
		return nil, nil
	case h.Info|1 == abi.SimpleTrue:
		return h.Info == abi.SimpleTrue, nil
	}
	return nil, mismatch("a value that Go has a type for", kind(h))
}

// anyMap decodes a map into a map[string]any, or from the first key that is not
// text on into a map[any]any.
func (d *decoder) anyMap(h abi.Head) (any, error) {
	if err := d.enter(h); err != nil {
		return nil, err
	}
	m := make(map[string]any, min(int(h.Arg), firstBytes/64))
	var all map[any]any
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		if err != nil {
			return nil, err
		}
		if !more {
			d.depth--
			if all != nil {
				return all, nil
			}
			return m, nil
		}
		start := d.off
		key, err := d.any()
		if err != nil {
			return nil, at(err, "[key]")
		}
		end := d.off
		name, isText := key.(string)
		switch {
		case !hashable(key):
			return nil, at(mismatch("a key that Go can compare", kindOf(d.data[start:])), "[key]")
		case !isText && all == nil:
			all = make(map[any]any, len(m)+1)
			for k, v := range m {
				all[k] = v
			}
		}
		x, err := d.any()
		if err != nil {
			return nil, at(err, keyStep(d.data[start:end]))
		}
		n := 0
		if all != nil {
			all[key] = x
			n = len(all)
		} else {
			m[name] = x
			n = len(m)
		}
		if n != i+1 {
			return nil, syntax(start, abi.ReasonDuplicateKey)
		}
	}
}

// future reads the 16 bytes under a future's tag.
func (d *decoder) future(id *abi.ID) error {
	h, err := d.head()
	if err != nil {
		return err
	}
	var b []byte
	if h.Major == abi.MajorBytes {
		if b, err = d.str(h); err != nil {
			return err
		}
	}
	if len(b) != len(id) {
		return mismatch("a future: 16 bytes under its tag", "something else under it")
	}
	copy(id[:], b)
	return nil
}

// anyTag decodes the item under the tag h.
func (d *decoder) anyTag(h abi.Head) (any, error) {
	if h.Arg == abi.FutureTag {
		var id abi.ID
		err := d.future(&id)
		return id, err
	}
	if err := d.enter(h); err != nil {
		return nil, err
	}
	content, err := d.any()
	d.depth--
	return Tag{h.Arg, content}, err
}

// hashable reports whether x, which any has decoded, can be the key of a map.
func hashable(x any) bool {
	switch x.(type) {
	case []byte, []any, map[string]any, map[any]any, Tag:
		return false
	}
	return true
}

// kindOf names the item that b begins with.
func kindOf(b []byte) string {
	h, _, _ := abi.ReadHead(b, 0)
	return kind(h)
}
