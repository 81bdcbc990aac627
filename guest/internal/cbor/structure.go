package cbor

import (
	"bytes"
	"reflect"
	"sort"
	"strconv"

	"github.com/pledge-wasm/pledge/abi"
)

// field is a [Field] made ready for use.
type field struct {
	Field
	key   []byte // encoded
	codec *Codec
	zero  func(reflect.Value) bool // for OmitZero
}

// record is what is known of a struct type.
type record struct {
	fields  []field // as a map in the order of their keys, as an array in that of the struct
	byText  map[string]int
	byInt   map[int64]int
	omitted bool // some field may be left out
}

func (b builder) structure(c *Codec) {
	fields, array := Fields(c.typ)
	if len(fields) == 0 && c.typ.NumField() > 0 && c.typ.Field(0).Name != "_" {
		b.unsupported(c, "the struct "+c.typ.String()+" has no exported fields; give it MarshalCBOR and UnmarshalCBOR, or import package guest/marshalers for its other methods")
		return
	}
	r := &record{byText: map[string]int{}, byInt: map[int64]int{}}
	for _, f := range fields {
		p := field{Field: f, codec: b.of(f.Type)}
		c.needs(p.codec, func(err error) error { return atField(err, f.Name) })
		if f.IntKey {
			p.key = abi.AppendInt(nil, f.Int)
		} else {
			p.key = abi.AppendText(nil, f.Name)
		}
		if f.OmitZero {
			p.zero = zeroFunc(f.Type)
		}
		r.omitted = r.omitted || f.OmitEmpty || f.OmitZero || len(f.Index) > 1
		r.fields = append(r.fields, p)
	}
	if array {
		c.empty = func(reflect.Value) bool { return len(r.fields) == 0 }
		c.encode, c.decode = r.encodeArray, r.decodeArray
		return
	}
	sort.Sort(byKey(r.fields))
	for i, f := range r.fields {
		if f.IntKey {
			r.byInt[f.Int] = i
		} else {
			r.byText[f.Name] = i
		}
	}
	c.empty = func(v reflect.Value) bool { return r.count(v) == 0 }
	c.encode, c.decode = r.encodeMap, r.decodeMap
}

// zeroFunc is the test of omitzero: the type's own IsZero, or Go's.
func zeroFunc(t reflect.Type) func(reflect.Value) bool {
	if !reflect.PointerTo(t).Implements(reflect.TypeFor[interface{ IsZero() bool }]()) {
		return reflect.Value.IsZero
	}
	return func(v reflect.Value) bool {
		if v.Kind() == reflect.Pointer && v.IsNil() {
			return true
		}
		return addressable(v).Addr().Interface().(interface{ IsZero() bool }).IsZero()
	}
}

// of finds the field in v. It is invalid behind a nil embedded pointer.
func (f *field) of(v reflect.Value) reflect.Value {
	if len(f.Index) == 1 {
		return v.Field(f.Index[0])
	}
	for i, at := range f.Index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
		v = v.Field(at)
	}
	return v
}

// make finds the field in v, making the embedded structs on the way.
func (f *field) make(v reflect.Value) reflect.Value {
	for i, at := range f.Index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(at)
	}
	return v
}

func (f *field) omits(v reflect.Value) bool {
	return !v.IsValid() || f.OmitEmpty && f.codec.empty(v) || f.OmitZero && f.zero(v)
}

// count is the number of fields that v's encoding has.
func (r *record) count(v reflect.Value) int {
	if !r.omitted {
		return len(r.fields)
	}
	n := 0
	for i := range r.fields {
		if f := &r.fields[i]; !f.omits(f.of(v)) {
			n++
		}
	}
	return n
}

func (r *record) encodeMap(e *encoder, v reflect.Value) error {
	if err := e.enter(); err != nil {
		return err
	}
	e.buf = abi.AppendHead(e.buf, abi.MajorMap, uint64(r.count(v)))
	for i := range r.fields {
		f := &r.fields[i]
		x := f.of(v)
		if r.omitted && f.omits(x) {
			continue
		}
		e.buf = append(e.buf, f.key...)
		if err := f.codec.encode(e, x); err != nil {
			return atField(err, f.Name)
		}
	}
	e.leave()
	return nil
}

func (r *record) encodeArray(e *encoder, v reflect.Value) error {
	if err := e.enter(); err != nil {
		return err
	}
	e.buf = abi.AppendHead(e.buf, abi.MajorArray, uint64(len(r.fields)))
	for i := range r.fields {
		f := &r.fields[i]
		x := f.of(v)
		if !x.IsValid() {
			e.buf = abi.AppendNull(e.buf)
		} else if err := f.codec.encode(e, x); err != nil {
			return atIndex(err, i)
		}
	}
	e.leave()
	return nil
}

func (r *record) decodeArray(d *decoder, v reflect.Value) error {
	h, ok, err := d.list("an array of " + strconv.Itoa(len(r.fields)))
	if err != nil || !ok {
		return err
	}
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		switch {
		case err != nil:
			return err
		case more != (i < len(r.fields)):
			return mismatch("an array of "+strconv.Itoa(len(r.fields)), "one of another length")
		case !more:
			d.leave()
			return nil
		}
		if err := r.fields[i].codec.decode(d, r.fields[i].make(v)); err != nil {
			return atIndex(err, i)
		}
	}
}

// decodeMap sets the fields whose keys are there, and leaves the others as
// they are. Keys without a field are passed over, but are held to the same
// rules as the rest.
func (r *record) decodeMap(d *decoder, v reflect.Value) error {
	start := d.off
	h, ok, err := d.mapping()
	if err != nil || !ok {
		return err
	}
	var few [4]uint64
	seen := few[:]
	if len(r.fields) > 64*len(few) {
		seen = make([]uint64, len(r.fields)/64+1)
	}
	next, unknown := 0, false // the likely next field; whether a key was passed over
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		keyAt := d.off
		j, err := r.find(d, next)
		if err != nil {
			return err
		}
		if j < 0 {
			unknown = true
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		if seen[j/64]&(1<<(j%64)) != 0 {
			return syntax(keyAt, abi.ReasonDuplicateKey)
		}
		seen[j/64] |= 1 << (j % 64)
		f := &r.fields[j]
		if err := f.codec.decode(d, f.make(v)); err != nil {
			return atField(err, f.Name)
		}
		next = j + 1
	}
	d.leave()
	if unknown { // once more, for duplicates among the keys that were passed over
		d.off = start
		return d.skip()
	}
	return nil
}

// find reads a key and returns the number of its field, -1 if it has none.
// Senders that sort their keys, and pledge's do, find each field at next.
func (r *record) find(d *decoder, next int) (int, error) {
	if next < len(r.fields) && bytes.HasPrefix(d.data[d.off:], r.fields[next].key) {
		d.off += len(r.fields[next].key)
		return next, nil
	}
	start := d.off
	h, err := d.untagged()
	if err != nil {
		return 0, err
	}
	switch h.Major {
	case abi.MajorText:
		b, err := d.str(h)
		if err != nil {
			return 0, err
		}
		if i, ok := r.byText[string(b)]; ok {
			return i, nil
		}
		return -1, nil
	case abi.MajorUint, abi.MajorNegInt:
		n := int64(h.Arg)
		if h.Major == abi.MajorNegInt {
			n = ^n
		}
		if i, ok := r.byInt[n]; ok && h.Arg <= 1<<63-1 {
			return i, nil
		}
		return -1, nil
	}
	d.off = start
	return -1, d.skip()
}

type byKey []field

func (f byKey) Len() int           { return len(f) }
func (f byKey) Less(i, j int) bool { return string(f[i].key) < string(f[j].key) }
func (f byKey) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
