package cbor_test

import (
	"reflect"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

// TestHammer has many goroutines meet types for the first time together, and
// share encoders.
func TestHammer(t *testing.T) {
	var wait sync.WaitGroup
	for g := range 8 {
		wait.Go(func() {
			for i := range 40 {
				// A type that nobody has seen, holding recursive ones.
				typ := reflect.MapOf(reflect.TypeFor[int16](), reflect.ArrayOf(i, reflect.TypeFor[order]()))
				m := reflect.MakeMap(typ)
				for k := range 20 {
					m.SetMapIndex(reflect.ValueOf(int16(k*g)), reflect.Zero(typ.Elem()))
				}
				b, err := cbor.Append(nil, m.Interface())
				if err != nil {
					t.Error(err)
					return
				}
				back := reflect.New(typ)
				if err := cbor.Unmarshal(b, back.Interface()); err != nil {
					t.Error(err)
				}
				if back.Elem().Len() != m.Len() {
					t.Error("pairs are lost")
				}
			}
		})
	}
	wait.Wait()
}

func TestAllocations(t *testing.T) {
	type item struct {
		Name  string  `cbor:"name"`
		Price float64 `cbor:"price"`
	}
	c := cbor.Of(reflect.TypeFor[item]())
	v := item{"tea", 2.5}
	buf := make([]byte, 0, 256)
	require.Zero(t, testing.AllocsPerRun(100, func() { buf, _ = c.Append(buf[:0], &v) }), "encoding allocates nothing")
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _ = c.Decode(buf, &v) }), 2.0, "decoding allocates the texts, and itself")
}

func BenchmarkEncode(b *testing.B) {
	for name, v := range map[string]any{"struct": values["order"], "map": map[string]int{"to": 2, "be": 2, "or": 1, "not": 1}} {
		b.Run(name, func(b *testing.B) {
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				buf, _ = cbor.Append(buf[:0], v)
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, v := range map[string]any{"struct": values["order"], "map": map[string]int{"to": 2, "be": 2, "or": 1, "not": 1}} {
		b.Run(name, func(b *testing.B) {
			data := expected(b, v)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := cbor.Unmarshal(data, reflect.New(reflect.TypeOf(v)).Interface()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
